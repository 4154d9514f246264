-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_environment_healthy (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
begin
  -- The same question as on G4, about staging.
  f := ops_private.find_deployment_health(
    array(select t from ops_private.targets_at(release, 'staging', find_environment_healthy.as_of) as t), false);
  if f.state is null then
    return null;
  end if;
  f.kind := 'environment_healthy';
  f.requirement := 'staging is deployed and healthy';
  f.remedy := 'deploy the release to staging, and report passing health checks';
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_environment_healthy"(ops.releases, timestamp with time zone) IS 'Finding environment_healthy: the release is not deployed to staging, or is not healthy on each target there. Null when it is.';

REVOKE ALL ON FUNCTION "ops_private"."find_environment_healthy"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
