-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.not_followed (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate_id constant uuid := (
    select g.gate_id from ops.release_gates g where g.release_id = release.release_id and g.gate_code = 'G4');
  v_checks constant ops_private.latest_check[] := array(
    select c from ops_private.counted_checks(release.release_id, v_gate_id, not_followed.as_of, release.dismissed) as c);
begin
  return array(
    select f.deployment_id from (
      select
        n.deployment_id, n.environment, n.target,
        bool_or(ops_private.health_until_undone(n, v_checks) = 'passed') over (
          partition by n.environment, n.target order by n.place rows between unbounded preceding and 1 preceding
        ) as followed
      from ops_private.deployments_at(release.release_id, not_followed.as_of) as n
    ) as f
    where f.followed is not true and not (release.retired and ops_private.target_retired_at(
      release, f.environment, f.target, not_followed.as_of) is not null)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."not_followed"(ops.releases, timestamp with time zone) IS 'The deployments of a release whose failed checks stand at a moment: no newer deployment to their target passed, and the target was not taken out.';

REVOKE ALL ON FUNCTION "ops_private"."not_followed"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
