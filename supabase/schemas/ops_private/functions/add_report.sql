-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.add_report (
  deployment  ops.deployments,
  status      ops.ops_deployment_status,
  observed_at timestamp with time zone,
  deployed_at timestamp with time zone  DEFAULT NULL::timestamp WITH time zone,
  deployed_by text                      DEFAULT NULL::text
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  insert into ops.deployment_reports (release_id, deployment_id, status, observed_at, deployed_at, deployed_by)
  values (
    deployment.release_id, deployment.deployment_id, add_report.status, add_report.observed_at, add_report.deployed_at,
    add_report.deployed_by
  );
  if deployment.rollback_known and add_report.status = 'succeeded' then
    perform ops_private.report_deployment(deployment.rollback_of, 'rolled_back', add_report.observed_at);
  end if;
  -- What is newer than what they undo decides whether rollbacks count as deployments.
  if add_report.deployed_at is not null then
    perform ops_private.refresh_rollbacks(deployment.release_id);
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."add_report"(ops.deployments, ops.ops_deployment_status, timestamp with time zone, timestamp with time zone, text) IS 'Records a report of a deployment. When a rollback that goes back to something succeeded, the deployment that it undoes becomes rolled_back. Stores the health of the release''s rollbacks again.';

REVOKE ALL ON FUNCTION "ops_private"."add_report"(ops.deployments, ops.ops_deployment_status, timestamp WITH time zone, timestamp WITH time zone, text) FROM PUBLIC;
