-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_check_healed (
  report        ops.contested_reports,
  deployment_id uuid,
  since         timestamp with time zone,
  later_by      interval                 DEFAULT '00:00:00'::interval
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_undone_at constant timestamptz := case when deployment_id is not null
    then ops_private.undone_at(report.release_id, contested_check_healed.deployment_id, 'infinity') end;
  v_dismissed constant uuid[] := ops_private.dismissed_checks(report.release_id, 'infinity');
begin
  return exists (
    select from ops.gate_checks gc
    where gc.release_id = report.release_id and gc.gate_id = report.gate_id and gc.check_name = report.check_name
      and gc.deployment_id is not distinct from contested_check_healed.deployment_id
      and gc.trusted and gc.status <> 'fail' and gc.observed_at > report.observed_at + later_by
      and gc.created_at > since
      and gc.check_id <> all (v_dismissed)
      -- After a rollback another version is checked.
      and (report.observed_at <= v_undone_at and gc.observed_at > v_undone_at) is not true
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_check_healed"(ops.contested_reports, uuid, timestamp with time zone, interval) IS 'Whether a machine observed the check again, later than the contested failure by more than later_by, and it did not fail, and that was not dismissed. What is observed after the deployment was rolled back lifts no failure from before. since: recorded after this moment.';

REVOKE ALL ON FUNCTION "ops_private"."contested_check_healed"(ops.contested_reports, uuid, timestamp WITH time zone, interval) FROM PUBLIC;
