-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.sees (
  project text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := current_setting('role');
begin
  -- Each question about a release asks this: as ops_private.sees_all and ops_private.my_projects, in one look.
  if v_role = 'service_role' then
    return true;
  elsif ops_private.is_member_role(v_role) then
    return exists (
      select from ops.v_memberships s
      where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C")) and s.role = v_role
        and (s.project is null or s.project = sees.project)
    );
  end if;
  -- Row security binds neither the owner nor the platform's read-only role.
  return ops_private.is_owner()
    or v_role = 'none' and (select r.rolbypassrls from pg_roles r where r.rolname = session_user);
end
$function$;

COMMENT ON FUNCTION "ops_private"."sees"(text) IS 'Whether the caller may act for a project: service_role, the owner, and who holds the role that they act in there or for every project. Somebody who has not used SET ROLE and whom row security does not bind may read there. Null and false mean no.';

REVOKE ALL ON FUNCTION "ops_private"."sees"(text) FROM PUBLIC;
