-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.would_change_nothing (
  report ops.contested_reports
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_end ops.deployment_reports;
begin
  -- No fact lifts an objection before it is recorded.
  if report.event_type = 'gate_signoff' then
    return false;
  end if;
  -- A newer observation healed the fact already. The network delays events by seconds, so one that is not newer by a
  -- minute may have been made before.
  if ops_private.contested_report_healed(report, '-infinity', later_by => '1 minute') then
    return true;
  elsif report.event_type = 'deployment_event' then
    -- A failure stands after the deployment was rolled back.
    select e.* into v_end
    from ops.deployments d
    cross join lateral ops_private.end_of(d.release_id, d.deployment_id, 'infinity') as e
    where d.release_id = report.release_id and d.environment = report.environment and d.target = report.target
      and d.deployment_ref = report.deployment_ref;
    return (v_end.status = 'failed' and v_end.observed_at >= report.observed_at) is true;
  end if;
  return exists (
    select from ops_private.counted_checks(report.release_id, report.gate_id, 'infinity') as c
    join ops.gate_checks gc on gc.check_id = c.check_id
    left join ops.deployments d on d.deployment_id = c.deployment_id
    where c.trusted and c.status = 'fail' and c.check_name = report.check_name
      and gc.observed_at >= report.observed_at
      and (d.environment, d.target, d.deployment_ref)
      is not distinct from (report.environment, report.target, report.deployment_ref)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."would_change_nothing"(ops.contested_reports) IS 'Whether a contested report would change nothing: an observation that is newer by a minute healed it, or the newest fact is the same stop and was not observed earlier.';

REVOKE ALL ON FUNCTION "ops_private"."would_change_nothing"(ops.contested_reports) FROM PUBLIC;
