-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.my_memberships()
  RETURNS SETOF ops.my_membership
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_own_role(
    'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  return query
  select s.subject, s.recorded_as, s.handle, s.role, s.project, s.since from ops.v_memberships s
  where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
  order by array_position(ops_private.role_order(), s.role), s.project nulls first;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."my_memberships"() TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "sre";

COMMENT ON FUNCTION "ops"."my_memberships"() IS 'The memberships of the caller that stand, whatever role they act in: which roles they hold, where, since when, and their handle. A role that their token names and that is not among them gives nothing any more: choose another with ops.act_as, or sign in again. Only one''s own are shown. For the six roles. Raises 42501 for who holds none.';

REVOKE ALL ON FUNCTION "ops"."my_memberships"() FROM PUBLIC;
