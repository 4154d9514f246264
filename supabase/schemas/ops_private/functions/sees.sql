-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.sees (
  project text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Each question about a release asks this: as ops_private.sees_all and ops_private.my_projects, in one look.
  if current_setting('role') in ('service_role', 'none') then
    return true;
  end if;
  return ops_private.is_member_role(current_setting('role')) and exists (
    select from ops.v_memberships s
    where lower(s.subject) = lower(ops_private.current_actor()) and s.role = current_setting('role')
      and (s.project is null or s.project = sees.project)
  ) or ops_private.is_owner();
end
$function$;

COMMENT ON FUNCTION "ops_private"."sees"(text) IS 'Whether the caller may act for a project. False for null, which stands for no project, unless they see all.';

REVOKE ALL ON FUNCTION "ops_private"."sees"(text) FROM PUBLIC;
