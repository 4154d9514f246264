-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployments_at (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS TABLE (
    deployment_id uuid,
    environment   ops.ops_environment,
    deployed_at   timestamp with time zone,
    place         bigint
  )
  LANGUAGE plpgsql
  STABLE
  ROWS 3
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select d.deployment_id, d.environment, (array_agg(r.deployed_at order by r.observed_at, r.deployed_at))[1],
    row_number() over (
      partition by d.environment
      order by (array_agg(r.deployed_at order by r.observed_at, r.deployed_at))[1] desc, d.deployment_ref desc
    )
  from ops.deployments d
  join ops.deployment_reports r on r.release_id = d.release_id and r.deployment_id = d.deployment_id
  where d.release_id = deployments_at.release_id and d.rollback_of is null and r.created_at <= deployments_at.as_of
    and r.deployed_at is not null
  group by d.deployment_id;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployments_at"(uuid, timestamp with time zone) IS 'The deployments of a release as known at a moment, without rollbacks. deployed_at is that of the report that was observed first. place 1 is the newest in its environment by (deployed_at, deployment_ref).';

REVOKE ALL ON FUNCTION "ops_private"."deployments_at"(uuid, timestamp WITH time zone) FROM PUBLIC;
