CREATE OR REPLACE FUNCTION ops.refresh_deployment_health (
  deployment_id uuid
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
begin
  update ops.deployments d
  set g4_status = ops.deployment_health(d.release_id, d.deployment_id, clock_timestamp())
  where d.deployment_id = refresh_deployment_health.deployment_id
    and d.g4_status <> ops.deployment_health(d.release_id, d.deployment_id, clock_timestamp());
end
$function$;

COMMENT ON FUNCTION "ops"."refresh_deployment_health"(uuid) IS 'Stores the health of a deployment when its checks changed it.';

REVOKE ALL ON FUNCTION "ops"."refresh_deployment_health"(uuid) FROM PUBLIC;
