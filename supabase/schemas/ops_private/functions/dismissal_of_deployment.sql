-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissal_of_deployment (
  p     ops.deployments,
  as_of timestamp with time zone
)
  RETURNS ops.dismissals
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.dismissals;
  v_last constant timestamptz := greatest(
    p.created_at, (
      select max(r.created_at) from ops.deployment_reports r
      where r.release_id = p.release_id and r.deployment_id = p.deployment_id
    ), (
      select max(gc.created_at) from ops.gate_checks gc
      where gc.release_id = p.release_id and gc.deployment_id = p.deployment_id
    ));
begin
  if p.status <> 'in_progress' then
    perform ops_private.refuse_dismissal(
      format('this deployment is not in progress: it is %s', p.status), 'sre or ci_service_role can deploy again',
      'deploy again under a new reference, and report a passing health check');
  elsif as_of - v_last < ops_private.stalls_after() then
    perform ops_private.refuse_dismissal(
      format('the last report of this deployment was recorded at %s', v_last),
      'sre or ci_service_role can report how it ended; a release_manager can dismiss it 24 hours after its last report',
      'report its status, or wait');
  elsif ops_private.deployment_health(p.release_id, p.deployment_id, 'infinity') = 'failed' then
    perform ops_private.refuse_dismissal(
      'this deployment has a failed check, or is of another commit', 'sre or ci_service_role can deploy again',
      'deploy again under a new reference, and report a passing health check');
  end if;
  d.kind := 'stalled_deployment';
  d.deployment_id := p.deployment_id;
  return d;
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissal_of_deployment"(ops.deployments, timestamp with time zone) IS 'The dismissal of a deployment in progress of which nothing was recorded for 24 hours, and that has no failed check. Raises OPS11 for others.';

REVOKE ALL ON FUNCTION "ops_private"."dismissal_of_deployment"(ops.deployments, timestamp WITH time zone) FROM PUBLIC;
