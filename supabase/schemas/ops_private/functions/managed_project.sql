-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.managed_project (
  project text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if managed_project.project is not null then
    return ops_private.project_named(managed_project.project);
  elsif not ops_private.sees_all() then
    raise exception using errcode = '42501', message = 'you are no release manager for every project',
      hint = 'name a project of yours, or ask a release manager for every project';
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."managed_project"(text) IS 'The spelling of the project whose policy the caller, who acts as release manager, wants to change. Null for every project. Raises 42501 when it is none of theirs.';

REVOKE ALL ON FUNCTION "ops_private"."managed_project"(text) FROM PUBLIC;
