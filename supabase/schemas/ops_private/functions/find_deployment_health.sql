-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_deployment_health (
  release_id    uuid,
  deployment_id uuid,
  as_of         timestamp with time zone,
  in_full       boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_environment ops.ops_environment;
  v_health ops.ops_health;
begin
  select d.environment into v_environment from ops.deployments d
  where d.deployment_id = find_deployment_health.deployment_id;
  if v_environment is not null then
    v_health := ops_private.standing_health(
      find_deployment_health.release_id, v_environment, find_deployment_health.as_of);
  end if;
  f.state := case v_health when 'passed' then 'satisfied' when 'failed' then 'failed' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := 'the newest deployment is healthy';
  f.detail := case
    when v_environment is null then 'no deployment was reported yet'
    when v_health = 'pending' then format('health in %s is not confirmed', v_environment)
    else format('health in %s is %s', v_environment, v_health)
  end;
  f.who := ops_private.gate_owner('G4');
  f.remedy := case when v_health = 'failed' then 'repair or roll back, deploy again, and report a passing health check'
    when v_environment is null then 'deploy the release'
    else 'report a passing health check for each check name' end;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_deployment_health"(uuid, uuid, timestamp with time zone, boolean) IS 'Finding on a requirement `deployment_health`: the newest deployment to the furthest environment reached must be healthy. deployment_id names that deployment.';

REVOKE ALL ON FUNCTION "ops_private"."find_deployment_health"(uuid, uuid, timestamp WITH time zone, boolean) FROM PUBLIC;
