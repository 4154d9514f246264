-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refresh_deployment_health (
  deployment_id uuid
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  update ops.deployments d
  set g4_status = h.health
  from (
    select f.deployment_id, ops_private.deployment_health(f.release_id, f.deployment_id, 'infinity') as health
    from ops.deployments f where f.deployment_id = refresh_deployment_health.deployment_id
  ) as h
  where d.deployment_id = h.deployment_id and d.g4_status <> h.health;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refresh_deployment_health"(uuid) IS 'Stores the health of a deployment after its checks changed it.';

REVOKE ALL ON FUNCTION "ops_private"."refresh_deployment_health"(uuid) FROM PUBLIC;
