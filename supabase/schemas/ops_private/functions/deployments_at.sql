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
  select
    n.deployment_id, n.environment, n.deployed_at,
    row_number() over (partition by n.environment order by n.deployed_at desc, n.deployment_ref desc)
  from (
    select d.deployment_id, d.environment, d.deployment_ref,
      -- A deployment has no report yet while other rows of the same insert are judged.
      coalesce((array_agg(r.deployed_at order by r.observed_at, r.deployed_at))[1], d.deployed_at) as deployed_at
    from ops.deployments d
    left join ops.deployment_reports r
      on r.release_id = d.release_id and r.deployment_id = d.deployment_id and r.deployed_at is not null
    where d.release_id = deployments_at.release_id and d.rollback_of is null
      and coalesce(r.created_at, d.created_at) <= deployments_at.as_of
    group by d.deployment_id
  ) as n;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployments_at"(uuid, timestamp with time zone) IS 'The deployments of a release as known at a moment, without rollbacks. deployed_at is that of the report that was observed first. place 1 is the newest in its environment by (deployed_at, deployment_ref).';

REVOKE ALL ON FUNCTION "ops_private"."deployments_at"(uuid, timestamp WITH time zone) FROM PUBLIC;
