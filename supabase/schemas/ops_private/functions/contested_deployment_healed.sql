-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_deployment_healed (
  report   ops.contested_reports,
  since    timestamp with time zone,
  later_by interval                 DEFAULT '00:00:00'::interval
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_own uuid;
  v_place bigint;
begin
  if num_nulls(report.environment, report.target) > 0
    or report.event_type = 'health_check' and report.check_name is null then
    return false;
  end if;
  select d.deployment_id, n.place into v_own, v_place
  from ops.deployments d
  left join ops_private.deployments_at(report.release_id, 'infinity') as n on n.deployment_id = d.deployment_id
  where d.release_id = report.release_id and d.environment = report.environment and d.target = report.target
    and d.deployment_ref = report.deployment_ref;
  if report.event_type = 'health_check' and ops_private.contested_check_healed(report, v_own, since, later_by) then
    return true;
  elsif report.event_type = 'deployment_event' and exists (
    select from ops.deployment_reports r
    where r.release_id = report.release_id and r.deployment_id = v_own and r.status = 'succeeded'
      and r.observed_at > report.observed_at + later_by and r.created_at > since
      and ops_private.is_end_that_counts(
        r.status, r.observed_at, ops_private.undone_at(r.release_id, r.deployment_id, 'infinity'))
  ) then
    return true;
  end if;
  -- A newer deployment that is healthy clears the target, as for any failure. While it is not known which deployment
  -- failed, one that was made after the failure was observed does, if its health was reported after it too.
  return exists (
    select from ops_private.deployments_at(report.release_id, 'infinity') as n
    where n.environment = report.environment and n.target = report.target
      and n.deployment_id is distinct from v_own
      and ops_private.deployment_health(report.release_id, n.deployment_id, 'infinity') = 'passed'
      and (n.place < v_place or n.deployed_at > report.observed_at + later_by and exists (
        select from ops_private.latest_checks(report.release_id, report.gate_id, 'infinity') as l
        join ops.gate_checks gc on gc.check_id = l.check_id
        where l.deployment_id = n.deployment_id and l.trusted and gc.created_at > since
          and (since > '-infinity' or gc.observed_at > report.observed_at + later_by)
      ))
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_deployment_healed"(ops.contested_reports, timestamp with time zone, interval) IS 'Whether what a contested report says of a deployment is healed: its check passes again, it succeeded after all before it was rolled back, or a newer deployment to the same target is healthy. since: recorded after this moment. later_by: observed later by more than this.';

REVOKE ALL ON FUNCTION "ops_private"."contested_deployment_healed"(ops.contested_reports, timestamp WITH time zone, interval) FROM PUBLIC;
