CREATE OR REPLACE FUNCTION ops.deployments_at (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS TABLE (
    deployment_id  uuid,
    environment    ops.ops_environment,
    deployment_ref text,
    deployed_at    timestamp with time zone
  )
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return query
  select d.deployment_id, d.environment, d.deployment_ref, min(r.deployed_at)
  from ops.deployments d
  join ops.deployment_reports r on r.release_id = d.release_id and r.deployment_id = d.deployment_id
  where d.release_id = deployments_at.release_id and d.rollback_of is null and r.created_at <= deployments_at.as_of
  group by d.deployment_id;
end
$function$;

COMMENT ON FUNCTION "ops"."deployments_at"(uuid, timestamp with time zone) IS 'The deployments of a release as known at a moment, rollbacks left out.';

REVOKE ALL ON FUNCTION "ops"."deployments_at"(uuid, timestamp WITH time zone) FROM PUBLIC;
