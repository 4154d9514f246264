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
  v_health constant ops.ops_health := ops_private.standing_health(release.release_id, 'staging', as_of);
begin
  if v_health = 'passed' then
    return null;
  end if;
  f.kind := 'environment_healthy';
  f.state := case v_health when 'failed' then 'failed' else 'unsatisfied' end;
  f.requirement := 'staging is deployed and healthy';
  f.detail := case when v_health is null then 'the release was not deployed to staging'
    when v_health = 'failed' then 'health in staging is failed' else 'health in staging is not confirmed' end;
  f.remedy := 'deploy the release to staging, and report passing health checks';
  f.who := ops_private.gate_owner('G4');
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_environment_healthy"(ops.releases, timestamp with time zone) IS 'Finding environment_healthy: the release is not deployed to staging, or is not healthy there. Null when it is.';

REVOKE ALL ON FUNCTION "ops_private"."find_environment_healthy"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
