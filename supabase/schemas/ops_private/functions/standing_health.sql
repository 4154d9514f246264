-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_health (
  release_id  uuid,
  environment ops.ops_environment,
  as_of       timestamp with time zone
)
  RETURNS ops.ops_health
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_deployment_id uuid;
  v_health ops.ops_health;
  v_standing ops.ops_health;
begin
  for v_deployment_id in
    select d.deployment_id
    from ops_private.deployments_at(standing_health.release_id, standing_health.as_of) as d
    where d.environment = standing_health.environment
    order by d.place
  loop
    v_health := ops_private.deployment_health(standing_health.release_id, v_deployment_id, standing_health.as_of);
    if v_standing is null then
      v_standing := v_health;
    elsif v_health = 'failed' then
      v_standing := v_health; -- all newer deployments are pending, so this failure still counts
    end if;
    exit when v_health <> 'pending';
  end loop;
  return v_standing;
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_health"(uuid, ops.ops_environment, timestamp with time zone) IS 'Health of the newest deployment in an environment, whatever its status. While that one is pending, an earlier failure counts. Null without a deployment.';

REVOKE ALL ON FUNCTION "ops_private"."standing_health"(uuid, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
