-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployment_health (
  release_id    uuid,
  deployment_id uuid,
  as_of         timestamp with time zone
)
  RETURNS ops.ops_health
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops_private.deployed;
  v_left_out boolean;
  v_gate_id uuid;
  v_health ops.ops_health;
begin
  select
    f.deployment_id, case when f.rollback_known then not exists (
      select from ops_private.deployments_at(f.release_id, deployment_health.as_of) as n
      where n.deployment_id = f.deployment_id
    ) end, f.source_ref = release.source_ref and f.rollback_known is not true, g.gate_id,
    (ops_private.end_of(f.release_id, f.deployment_id, deployment_health.as_of)).status,
    ops_private.undone_at(f.release_id, f.deployment_id, deployment_health.as_of)
  into d.deployment_id, v_left_out, d.is_own_commit, v_gate_id, d.ended, d.undone_at
  from ops.deployments f
  join ops.releases release on release.release_id = f.release_id
  join ops.release_gates g on g.release_id = f.release_id and g.gate_code = 'G4'
  where f.release_id = deployment_health.release_id and f.deployment_id = deployment_health.deployment_id;
  v_health := ops_private.health_until_undone(d, array(
    select c from ops_private.counted_checks(release_id, v_gate_id, as_of) as c
    where c.deployment_id = d.deployment_id));
  return case
    when not d.is_own_commit and v_left_out is not true then 'failed'
    when v_health = 'passed' and d.undone_at is not null then 'pending'
    else v_health
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployment_health"(uuid, uuid, timestamp with time zone) IS 'Health of one deployment as known at a moment. failed: it failed, one of the checks that count failed, or it is of another commit than its release, or a rollback, and counts as a deployment. passed: it is of the commit of the release, succeeded, was not rolled back, and the latest trusted check of each name passed. Otherwise pending.';

REVOKE ALL ON FUNCTION "ops_private"."deployment_health"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
