-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.rollbacks_to_unknown (
  release ops.releases,
  as_of   timestamp with time zone
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
    g.gate_id, g.gate_code, 'a rollback undoes the newest deployment, and goes back to one that succeeded while eligible',
    'rollback_to_unknown'::ops.ops_requirement_kind, d.deployment_ref::text, 'advisory'::ops.ops_enforcement,
    'failed'::ops.ops_finding_state,
    format('rollback %s in %s %s, so it counts as an ordinary deployment', d.deployment_ref,
      ops_private.place_of(d.environment, d.target),
      case when d.rollback_known then 'does not undo what was deployed last' else 'goes back to nothing known' end),
    'deploy the release again, or roll back to a version that was deployed there while eligible',
    ops_private.gate_owner('G4')
  from ops_private.deployments_at(release.release_id, rollbacks_to_unknown.as_of) as n
  join ops.deployments d on d.deployment_id = n.deployment_id
  join ops.release_gates g on g.release_id = release.release_id and g.gate_code = 'G4'
  where n.place = 1 and d.rollback_of is not null
  order by d.environment, d.target;
end
$function$;

COMMENT ON FUNCTION "ops_private"."rollbacks_to_unknown"(ops.releases, timestamp with time zone) IS 'Advisory findings on the targets whose newest deployment is a rollback that counts as one: it goes back to nothing known, or does not undo the newest deployment.';

REVOKE ALL ON FUNCTION "ops_private"."rollbacks_to_unknown"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
