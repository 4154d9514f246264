-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.roles_held()
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select s.role from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
    group by s.role order by array_position(ops_private.role_order(), s.role)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."roles_held"() IS 'The roles that the caller holds in any project, whatever role they act in, in the order in which a sign-in chooses.';

REVOKE ALL ON FUNCTION "ops_private"."roles_held"() FROM PUBLIC;
