-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.sees_all()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if ops_private.is_member_role(current_setting('role')) then
    return exists (
      select from ops.v_memberships s
      where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
        and s.role = current_setting('role') and s.project is null
    );
  end if;
  return ops_private.acts_for_all();
end
$function$;

COMMENT ON FUNCTION "ops_private"."sees_all"() IS 'Whether the caller may act for every project, also a later one: service_role, the owner, and who holds the role that they act in for every project.';
