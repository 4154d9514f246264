-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.production_findings (
  release ops.releases,
  as_of   timestamp with time zone,
  policy  ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    g.gate_id, g.gate_code, 'the newest deployment to each target of staging has not failed',
    'deployment_health'::ops.ops_requirement_kind, 'staging', 'blocking'::ops.ops_enforcement,
    'failed'::ops.ops_finding_state,
    string_agg(format('%s: %s', ops_private.place_of(t.environment, t.target), t.found), '; '),
    'repair the release, deploy it to staging again, and report a passing health check', ops_private.gate_owner('G4')
  from ops.release_gates g
  cross join lateral ops_private.targets_at(release, 'staging', production_findings.as_of) as t
  where g.release_id = release.release_id and g.gate_code = 'G4' and t.health = 'failed' and not t.retired
  group by g.gate_id;
  if release.contested then
    return query
    select f.* from ops_private.standing_contested(release.release_id, production_findings.as_of) as c
    cross join lateral ops_private.find_contested(c, production_findings.as_of) as f where c.on_staging;
  end if;
  if release.asks_beyond or policy is not null then
    return query
    select f.* from ops_private.find_production_policy(
      release, 'blocking', production_findings.as_of, production_findings.policy) as f;
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."production_findings"(ops.releases, timestamp with time zone, ops_private.requirements_in_force[]) IS 'What keeps a release from production beside its gates, at a moment. A gate_bypass that names the gate of a finding covers it.';

REVOKE ALL ON FUNCTION "ops_private"."production_findings"(ops.releases, timestamp WITH time zone, ops_private.requirements_in_force[]) FROM PUBLIC;
