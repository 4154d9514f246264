-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_deployment_health (
  targets ops_private.deployed_target[],
  in_full boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_looked_at integer;
  v_failed boolean;
  v_unhealthy text;
  v_remedy text;
begin
  select
    count(*) filter (where not t.retired), coalesce(bool_or(t.health = 'failed' and not t.retired), false),
    string_agg(format('%s: %s', ops_private.place_of(t.environment, t.target), t.found), '; ' order by t.health desc)
      filter (where t.health <> 'passed' and not t.retired),
    string_agg(distinct t.remedy, '; ') filter (where t.health <> 'passed' and not t.retired)
  into v_looked_at, v_failed, v_unhealthy, v_remedy
  from unnest(targets) as t;
  f.state := case
    when v_failed then 'failed'::ops.ops_finding_state
    when v_looked_at > 0 and v_unhealthy is null then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := 'the newest deployment to each target is healthy';
  f.detail := case
    when cardinality(targets) = 0 then 'no deployment was reported yet'
    when v_looked_at = 0 then format('every target in %s was taken out', targets[1].environment)
    else coalesce(v_unhealthy, format('health in %s is passed', targets[1].environment))
  end;
  f.who := ops_private.gate_owner('G4');
  f.remedy := case when v_failed then 'repair or roll back, deploy again, and report a passing health check'
    when v_looked_at = 0 then 'deploy the release, and report a passing health check'
    else v_remedy
  end;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_deployment_health"(ops_private.deployed_target[], boolean) IS 'Finding on a requirement `deployment_health`: all targets in the furthest environment reached must be healthy. It names those that are not. failed when one failed. When all were taken out, it is unsatisfied.';

REVOKE ALL ON FUNCTION "ops_private"."find_deployment_health"(ops_private.deployed_target[], boolean) FROM PUBLIC;
