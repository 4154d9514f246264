-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.rollbacks_in_doubt (
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
    g.gate_id, g.gate_code, 'a rollback succeeded and is healthy', 'deployment_health'::ops.ops_requirement_kind,
    d.deployment_ref::text, 'advisory'::ops.ops_enforcement,
    case when h.health = 'failed' then 'failed' else 'unsatisfied' end::ops.ops_finding_state,
    format('rollback %s in %s %s', d.deployment_ref, ops_private.place_of(d.environment, d.target),
      case when n.ended = 'failed' then 'failed' when h.health = 'failed' then 'has a failed health check'
        else 'was not reported succeeded yet' end),
    case when h.health = 'failed' then 'repair what runs there, or deploy the release again'
      else 'report how the rollback ended' end,
    ops_private.gate_owner('G4')
  from ops_private.deployments_at(release.release_id, rollbacks_in_doubt.as_of, with_rollbacks => true) as n
  join ops.deployments d on d.deployment_id = n.deployment_id
  join ops.release_gates g on g.release_id = release.release_id and g.gate_code = 'G4'
  cross join lateral (
    select ops_private.deployment_health(d.release_id, d.deployment_id, rollbacks_in_doubt.as_of) as health
  ) as h
  where n.place = 1 and n.is_left_out and (n.ended is null or h.health = 'failed')
  order by d.environment, d.target;
end
$function$;

COMMENT ON FUNCTION "ops_private"."rollbacks_in_doubt"(ops.releases, timestamp with time zone) IS 'Advisory findings on the targets where the last thing deployed is a rollback that is left out as one (ops_private.deployments_at), and that has not succeeded, or has failed itself. No other rule sees it.';

REVOKE ALL ON FUNCTION "ops_private"."rollbacks_in_doubt"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
