-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.project_named (
  project text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_project constant text := ops_private.project_or_null(project);
begin
  if v_project is not null and ops_private.sees(v_project) then
    return v_project;
  elsif ops_private.acts_for_all() then
    raise exception using errcode = 'OPS04', message = 'no project of that name is registered',
      hint = 'register it with ops.register_project, or with `ops-gates projects register`';
  end if;
  perform ops_private.refuse_replaced();
  -- The same for a project that is not registered and for one of others, so that nobody finds out which there are.
  raise exception using errcode = '42501', message = 'you may not act for this project',
    detail = 'it is not registered, or it is not yours',
    hint = 'correct its name, or ask whoever holds the secret key to register it';
end
$function$;

COMMENT ON FUNCTION "ops_private"."project_named"(text) IS 'The spelling of the registered project that is named in any case. When there is none, or the caller may not act for it, raises OPS04 for service_role and the owner, and 42501 for everyone else.';

REVOKE ALL ON FUNCTION "ops_private"."project_named"(text) FROM PUBLIC;
