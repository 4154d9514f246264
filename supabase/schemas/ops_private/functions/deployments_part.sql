-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployments_part (
  release ops.releases,
  as_of   timestamp with time zone,
  past    boolean
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.created_at desc, f.deployment_id), '[]') from (
      select d.deployment_id, d.environment, d.target, d.deployment_ref, d.deployed_at, d.deployed_by, d.source_ref,
        case when not past then d.status when e.undone_at is not null then 'rolled_back'
          else coalesce((e.ended).status, 'in_progress') end as status,
        case when not past then d.g4_status
          else ops_private.deployment_health(d.release_id, d.deployment_id, deployments_part.as_of) end as g4_status,
        d.rollback_of, d.rollback_known, d.artifacts, d.was_eligible, (
          select string_agg(b.value ->> 'requirement', '; ' order by b.ordinality)
          from jsonb_array_elements(d.blockers_at_deploy) with ordinality as b
        ) as why_not_eligible, d.excepted_by,
        case when release.retired then ops_private.target_retired_at(
          release, d.environment, d.target, deployments_part.as_of) end as target_retired_at,
        d.created_at, d.created_by, d.created_role
      from ops.deployments d
      cross join lateral (
        select ops_private.end_of(d.release_id, d.deployment_id, deployments_part.as_of) as ended,
          ops_private.undone_at(d.release_id, d.deployment_id, deployments_part.as_of) as undone_at
      ) as e
      where d.release_id = release.release_id and d.created_at <= as_of
      order by d.created_at desc, d.deployment_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployments_part"(ops.releases, timestamp with time zone, boolean) IS 'The deployments and rollbacks of a release until a moment, with the status and health that they had then, whether the release was eligible when they were recorded, and why not.';

REVOKE ALL ON FUNCTION "ops_private"."deployments_part"(ops.releases, timestamp WITH time zone, boolean) FROM PUBLIC;
