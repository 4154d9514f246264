CREATE OR REPLACE FUNCTION ops.deployment_health (
  release_id    uuid,
  deployment_id uuid,
  as_of         timestamp with time zone
)
  RETURNS ops.ops_health
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_failed boolean;
  v_passed boolean;
begin
  -- That it was rolled back since does not make a failure undone.
  select r.status = 'failed' into v_failed
  from ops.deployment_reports r
  where r.release_id = deployment_health.release_id and r.deployment_id = deployment_health.deployment_id
    and r.status in ('succeeded', 'failed') and r.created_at <= deployment_health.as_of
  order by r.observed_at desc, r.status desc limit 1;
  if v_failed then
    return 'failed';
  end if;
  select bool_or(latest.status = 'fail'), bool_and(latest.status = 'pass') filter (where latest.trusted)
  into v_failed, v_passed
  from (
    select distinct on (gc.check_name, gc.trusted) gc.status, gc.trusted
    from ops.gate_checks gc
    where gc.release_id = deployment_health.release_id and gc.deployment_id = deployment_health.deployment_id
      and gc.created_at <= deployment_health.as_of
    order by gc.check_name, gc.trusted, gc.observed_at desc, gc.status
  ) as latest;
  return case when v_failed then 'failed' when v_passed then 'passed' else 'pending' end;
end
$function$;

COMMENT ON FUNCTION "ops"."deployment_health"(uuid, uuid, timestamp with time zone) IS 'Health of one deployment as known at a moment: failed when its newest report of an end, or any latest check of it, failed; passed when there are trusted checks and all latest pass; else pending.';

REVOKE ALL ON FUNCTION "ops"."deployment_health"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
