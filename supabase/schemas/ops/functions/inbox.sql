-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.inbox()
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_generic_plan'
  AS $function$
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  return ops_private.inbox_of(
    ops_private.asking_person(), array(select m from ops_private.my_reach() as m));
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."inbox"() TO "audit_reader", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."inbox"() IS 'What waits for the caller, for all roles that the person holds: {items, cut, not_looked_at}. items: rows of ops.inbox_item, the newest first; only what the person can do, so an initiator sees no sign-off that would not count. cut: there is more than is shown. not_looked_at: open releases that were opened until then were not looked at; null when all were. service_role sees what waits for anybody.';

REVOKE ALL ON FUNCTION "ops"."inbox"() FROM PUBLIC;
