-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployed_releases (
  x ops.retired_targets
)
  RETURNS SETOF ops.releases
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select r.* from ops.releases r
  where r.project = x.project and r.closed_at is null and exists (
    select from ops.deployments d
    where d.release_id = r.release_id and d.environment = x.environment and d.target = x.target
  ) and not (r.retired and ops_private.target_retired_at(r, x.environment, x.target, 'infinity') is not null)
  order by r.release_id limit 1001;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployed_releases"(ops.retired_targets) IS 'The open releases of a project that were deployed to a target which is not out for them yet, ordered by id; at most 1001.';

REVOKE ALL ON FUNCTION "ops_private"."deployed_releases"(ops.retired_targets) FROM PUBLIC;
