-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.report_deployment (
  deployment_id uuid,
  status        ops.ops_deployment_status,
  observed_at   timestamp with time zone,
  deployed_at   timestamp with time zone  DEFAULT NULL::timestamp WITH time zone,
  deployed_by   text                      DEFAULT NULL::text
)
  RETURNS ops.deployments
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_deployment ops.deployments;
  v_forward boolean;
  v_first_at timestamptz;
  v_first_by text;
begin
  select d.* into v_deployment from ops.deployments d where d.deployment_id = report_deployment.deployment_id;
  perform ops_private.add_report(v_deployment, status, observed_at, deployed_at, deployed_by);
  -- The greatest by (rank, time of observation, failed) counts, in whatever order the reports arrive.
  v_forward := (ops_private.deployment_rank(status), observed_at, status = 'failed')
    > (ops_private.deployment_rank(v_deployment.status), v_deployment.status_observed_at,
      v_deployment.status = 'failed');
  select r.deployed_at, r.deployed_by into v_first_at, v_first_by
  from ops.deployment_reports r
  where r.release_id = v_deployment.release_id and r.deployment_id = v_deployment.deployment_id
    and r.deployed_at is not null
  order by r.observed_at, r.deployed_at, r.deployed_by limit 1;
  update ops.deployments d
  set
    status = case when v_forward then report_deployment.status else d.status end,
    status_observed_at = case when v_forward then report_deployment.observed_at else d.status_observed_at end,
    deployed_at = v_first_at, deployed_by = v_first_by
  where d.deployment_id = report_deployment.deployment_id
  returning d.* into v_deployment;
  return v_deployment;
end
$function$;

COMMENT ON FUNCTION "ops_private"."report_deployment"(uuid, ops.ops_deployment_status, timestamp with time zone, timestamp with time zone, text) IS 'Records one more report of a deployment and updates its row: the newest status by rank and time of observation, and deployed_at and deployed_by of the report that was observed first. The order in which reports arrive does not change them.';

REVOKE ALL ON FUNCTION "ops_private"."report_deployment"(uuid, ops.ops_deployment_status, timestamp WITH time zone, timestamp WITH time zone, text) FROM PUBLIC;
