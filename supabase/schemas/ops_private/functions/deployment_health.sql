-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployment_health (
  release_id    uuid,
  deployment_id uuid,
  as_of         timestamp with time zone
)
  RETURNS ops.ops_health
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_failed boolean;
  v_passed boolean;
begin
  -- A deployment that failed stays failed after it was rolled back.
  select r.status = 'failed' into v_failed
  from ops.deployment_reports r
  where r.release_id = deployment_health.release_id and r.deployment_id = deployment_health.deployment_id
    and r.status in ('succeeded', 'failed') and r.created_at <= deployment_health.as_of
  order by r.observed_at desc, r.status desc limit 1;
  if v_failed is null and not exists (
    select from ops.deployment_reports r
    where r.release_id = deployment_health.release_id and r.deployment_id = deployment_health.deployment_id
  ) then
    -- Its first report is written after the insert that records it (ops_private.tg_report_first).
    v_failed := (
      select d.status = 'failed' from ops.deployments d where d.deployment_id = deployment_health.deployment_id);
  end if;
  if v_failed then
    return 'failed';
  end if;
  select bool_or(c.status = 'fail'), bool_and(c.status = 'pass') filter (where c.trusted) into v_failed, v_passed
  from ops.release_gates g
  cross join lateral ops_private.latest_checks(g.release_id, g.gate_id, deployment_health.as_of) as c
  where g.release_id = deployment_health.release_id and g.gate_code = 'G4'
    and c.deployment_id = deployment_health.deployment_id;
  return case when v_failed then 'failed' when v_passed then 'passed' else 'pending' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployment_health"(uuid, uuid, timestamp with time zone) IS 'Health of one deployment as known at a moment. failed: its newest report of success or failure says failed, or one of its latest checks failed. passed: it has trusted checks, and the latest of each name passed. Otherwise pending.';

REVOKE ALL ON FUNCTION "ops_private"."deployment_health"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
