-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.my_reach()
  RETURNS SETOF ops_private.reach
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if ops_private.acts_for_all() then
    return query
    select t.role, null::text
    from unnest(array[
      'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader', 'ci_service_role', 'service_role'
    ]) as t (role);
    return;
  end if;
  return query
  select s.role, s.project from ops.v_memberships s
  where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C")) and s.kind = 'person';
end
$function$;

COMMENT ON FUNCTION "ops_private"."my_reach"() IS 'All active memberships of the person who calls, whatever role they act in. service_role and the owner, who are no persons, reach every role in every project. The only place that asks this for ops.inbox and ops.my_releases.';

REVOKE ALL ON FUNCTION "ops_private"."my_reach"() FROM PUBLIC;
