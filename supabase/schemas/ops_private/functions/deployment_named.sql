-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployment_named (
  release_id     uuid,
  environment    ops.ops_environment,
  target         text,
  deployment_ref text
)
  RETURNS ops.deployments
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_deployment ops.deployments;
begin
  select d.* into v_deployment from ops.deployments d
  where d.release_id = deployment_named.release_id and d.environment = deployment_named.environment
    and d.target = coalesce(deployment_named.target, 'default')
    and d.deployment_ref = deployment_named.deployment_ref;
  if not found then
    perform ops_private.refuse_event('unknown_deployment', jsonb_build_object(
      'environment', deployment_named.environment, 'target', coalesce(deployment_named.target, 'default')));
  end if;
  return v_deployment;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployment_named"(uuid, ops.ops_environment, text, text) IS 'The deployment that an event names; target null means default. Refuses the event with unknown_deployment when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."deployment_named"(uuid, ops.ops_environment, text, text) FROM PUBLIC;
