-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.blockers_of (
  release ops.releases,
  target  ops.ops_environment,
  as_of   timestamp with time zone
)
  RETURNS SETOF ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select (o.finding).*
  from ops_private.obstacles_to(release, target, blockers_of.as_of) as o where o.exception_id is null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."blockers_of"(ops.releases, ops.ops_environment, timestamp with time zone) IS 'The blockers of a release for an environment at a moment: what no exception covers. No rows exactly when it is eligible.';

REVOKE ALL ON FUNCTION "ops_private"."blockers_of"(ops.releases, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
