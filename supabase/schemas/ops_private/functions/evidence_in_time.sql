-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.evidence_in_time (
  release ops.releases,
  before  timestamp with time zone,
  most    integer
)
  RETURNS SETOF ops.timeline_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'evidence';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.gate_code,
    v_entry.environment, v_entry.target, v_entry.source_system, v_entry.artifact_type, v_entry.artifact_url,
    v_entry.deployment_id in
    select
      e.created_at, e.artifact_id, e.observed_at, e.created_by, e.created_role, g.gate_code, d.environment,
      d.target::text, e.source_system, e.artifact_type, e.artifact_url, e.deployment_id
    from ops.evidence_artifacts e
    left join ops.release_gates g on g.gate_id = e.gate_id
    left join ops.deployments d on d.deployment_id = e.deployment_id
    where e.release_id = release.release_id and e.created_at < before
    order by e.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."evidence_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest evidence of a release before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."evidence_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
