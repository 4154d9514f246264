-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.target_retired_at (
  release     ops.releases,
  environment ops.ops_environment,
  target      text,
  as_of       timestamp with time zone
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select max(x.created_at)
    from ops.retired_releases x
    join ops.retired_targets t on t.retirement_id = x.retirement_id
    where x.release_id = release.release_id and x.created_at <= target_retired_at.as_of
      and t.environment = target_retired_at.environment and t.target = target_retired_at.target
      and not exists (
        select from ops.deployments d
        where d.release_id = x.release_id and d.environment = t.environment and d.target = t.target
          and d.created_at > x.created_at and d.created_at <= target_retired_at.as_of
      )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."target_retired_at"(ops.releases, ops.ops_environment, text, timestamp with time zone) IS 'Since when a target is out for a release, at a moment. Null when it is not: nobody took it out, or the release was deployed there again, also by a rollback. Ask only when releases.retired.';

REVOKE ALL ON FUNCTION "ops_private"."target_retired_at"(ops.releases, ops.ops_environment, text, timestamp WITH time zone) FROM PUBLIC;
