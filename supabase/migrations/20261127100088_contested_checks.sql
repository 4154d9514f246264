-- A check that was set aside by a dismissal heals no refused failure, as it counts for nothing else.

create or replace function ops_private.contested_check_healed(
  report ops.contested_reports, deployment_id uuid, since timestamptz, later_by interval default '0'
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.contested_check_healed(ops.contested_reports, uuid, timestamptz, interval) is
  'Whether a machine observed the check again, later than the contested failure by more than later_by, and it did not fail, and that was not dismissed. What is observed after the deployment was rolled back lifts no failure from before. since: recorded after this moment.';
