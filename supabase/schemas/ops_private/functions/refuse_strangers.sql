-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_strangers (
  requirements jsonb,
  project      text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if refuse_strangers.project is null and jsonb_path_exists(requirements, '$[*].approvers ? (@ != null)')
    and not ops_private.sees_all() then
    raise exception using errcode = '42501', message = 'people are named as approvers for every project',
      detail = 'you see the people of some projects alone', hint = 'name the project, or leave approvers out';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_strangers"(jsonb, text) IS 'Raises 42501 when requirements without a project name approvers, and the caller does not see every project: the answer would tell whether somebody of another project is there.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_strangers"(jsonb, text) FROM PUBLIC;
