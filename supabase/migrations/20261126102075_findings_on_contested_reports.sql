-- What heals a contested report, which still stand, and the findings on those that do.

create function ops_private.contested_check_healed(
  report ops.contested_reports, deployment_id uuid, since timestamptz, later_by interval default '0'
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_undone_at constant timestamptz := case when deployment_id is not null
    then ops_private.undone_at(report.release_id, contested_check_healed.deployment_id, 'infinity') end;
begin
  return exists (
    select from ops.gate_checks gc
    where gc.release_id = report.release_id and gc.gate_id = report.gate_id and gc.check_name = report.check_name
      and gc.deployment_id is not distinct from contested_check_healed.deployment_id
      and gc.trusted and gc.status <> 'fail' and gc.observed_at > report.observed_at + later_by
      and gc.created_at > since
      -- After a rollback another version is checked.
      and (report.observed_at <= v_undone_at and gc.observed_at > v_undone_at) is not true
  );
end
$$;
comment on function ops_private.contested_check_healed(ops.contested_reports, uuid, timestamptz, interval) is
  'Whether a machine observed the check again, later than the contested failure by more than later_by, and it did not fail. What is observed after the deployment was rolled back lifts no failure from before. since: recorded after this moment.';
revoke execute on function ops_private.contested_check_healed(
  ops.contested_reports, uuid, timestamptz, interval
) from public;

create function ops_private.contested_deployment_healed(
  report ops.contested_reports, since timestamptz, later_by interval default '0'
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.contested_deployment_healed(ops.contested_reports, timestamptz, interval) is
  'Whether what a contested report says of a deployment is healed: its check passes again, it succeeded after all before it was rolled back, or a newer deployment to the same target is healthy. since: recorded after this moment. later_by: observed later by more than this.';
revoke execute on function ops_private.contested_deployment_healed(
  ops.contested_reports, timestamptz, interval
) from public;

create function ops_private.contested_report_healed(
  report ops.contested_reports, since timestamptz, later_by interval default '0'
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case report.event_type
    when 'build_complete' then ops_private.contested_check_healed(report, null, since, later_by)
    when 'gate_signoff' then exists (
      -- As with any objection: an approval lifts it when it was given after the objection was recorded.
      select from ops.approvals a
      where a.release_id = report.release_id
        and a.approver_id = coalesce((ops_private.member_named(report.approver_id)).recorded_as, report.approver_id)
        and a.persona_role = report.persona_role
        and case when report.gate_id is null then a.scope = 'release' else a.gate_id = report.gate_id end
        -- Another objection stands itself.
        and (a.decision <> 'approved' or a.observed_at > report.created_at)
        and not ops_private.is_unsure(a.unmet)
        and a.created_at > since
    )
    else ops_private.contested_deployment_healed(report, since, later_by)
  end;
end
$$;
comment on function ops_private.contested_report_healed(ops.contested_reports, timestamptz, interval) is
  'Whether facts that were recorded after since, and observed later than a contested report by more than later_by, heal what it says.';
revoke execute on function ops_private.contested_report_healed(
  ops.contested_reports, timestamptz, interval
) from public;

create type ops_private.contested as (
  report ops.contested_reports,
  gate_code ops.ops_gate_code,
  on_gate boolean,
  on_staging boolean,
  on_release boolean
);
comment on type ops_private.contested is
  'A contested report that stands, and where. gate_code: its gate. on_gate: it fails that gate. on_staging: it is a failure in staging, which blocks production. on_release: it is an objection to the release as a whole.';

create function ops_private.standing_contested(release_id uuid, as_of timestamptz)
returns setof ops_private.contested
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select
    c, g.gate_code,
    g.gate_code <> 'G4' or g.gate_code = 'G4' and (c.environment >= (
      select d.furthest from ops_private.deployments_at(standing_contested.release_id, as_of) as d limit 1
    )) is not false,
    g.gate_code = 'G4' and (c.environment = 'staging') is not false,
    g.gate_code is null
  from ops.contested_reports c
  join ops.releases r on r.release_id = c.release_id
  left join ops.release_gates g on g.gate_id = c.gate_id
  where c.release_id = standing_contested.release_id and c.created_at <= standing_contested.as_of
    -- As the fact would: it does not count while its target is out, if it was recorded before.
    and (r.retired and c.created_at
      < ops_private.target_retired_at(r, c.environment, c.target, standing_contested.as_of)) is not true
    and not ops_private.has_ended(c, standing_contested.as_of)
  order by c.created_at, c.check_name, c.contested_id;
end
$$;
comment on function ops_private.standing_contested(uuid, timestamptz) is
  'The contested reports of a release that stand at a moment, oldest first. One about an environment fails G4 when that is the furthest that the release has reached, or beyond. One whose environment could not be read counts everywhere. One whose target was taken out since does not stand.';
revoke execute on function ops_private.standing_contested(uuid, timestamptz) from public;

create function ops_private.is_unreadable(report ops.contested_reports) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case report.event_type
    when 'build_complete' then report.check_name is null
    when 'gate_signoff' then num_nulls(report.gate_id, report.approver_id, report.persona_role) > 0
    else num_nulls(report.environment, report.target, report.deployment_ref) > 0
      or report.event_type = 'health_check' and report.check_name is null
  end;
end
$$;
comment on function ops_private.is_unreadable(ops.contested_reports) is
  'Whether a contested report does not say which check, deployment or person it is about.';
revoke execute on function ops_private.is_unreadable(ops.contested_reports) from public;

create function ops_private.find_contested(contested ops_private.contested, as_of timestamptz)
returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  c constant ops.contested_reports := contested.report;
  v_what text;
  v_place constant text := format(
    'deployment %s in %s', coalesce(c.deployment_ref, 'without a readable name'),
    coalesce(ops_private.place_of(c.environment, coalesce(c.target, 'that could not be read')),
      'an environment that could not be read'));
begin
  f.gate_id := c.gate_id;
  f.gate_code := contested.gate_code;
  f.kind := 'contested_report';
  f.subject := coalesce(c.check_name, c.deployment_ref, c.approver_id);
  f.enforcement := 'blocking';
  f.state := 'failed';
  f.who := ops_private.gate_owner(contested.gate_code);
  if c.event_type = 'gate_signoff' then
    v_what := format('the decision of %s', coalesce(c.approver_id, 'a person who was not named'));
    f.remedy := 'resolve the objection, then ask the same person to decide again, or dismiss it if they left';
    f.who := coalesce(c.persona_role::text, 'service_role');
    if not ops_private.is_unreadable(c) and not ops_private.held_at(
      (ops_private.member_named(c.approver_id)).recorded_as, f.who, c.project, as_of) then
      -- Who held no such membership in the project cannot decide again.
      f.remedy := format('resolve the objection, then dismiss it: %s is no %s of this project', c.approver_id, f.who);
      f.who := 'release_manager';
    end if;
  elsif c.event_type = 'build_complete' then
    v_what := format('check %s', coalesce(c.check_name, 'without a readable name'));
    f.remedy := case when c.check_name = 'build'
      then 'run the build until it passes, and report build_complete with status pass'
      else format('run check %s until it passes, and report it in the checks of a build_complete', c.check_name) end;
  elsif c.event_type = 'health_check' then
    v_what := format('check %s of %s', coalesce(c.check_name, 'without a readable name'), v_place);
    f.remedy := format(
      'report that check %s passes for that deployment, or deploy again and report a passing health check',
      c.check_name);
  else
    v_what := v_place;
    f.remedy := 'deploy again, and report a passing health check';
  end if;
  if ops_private.is_unreadable(c) then
    f.remedy := concat_ws(' ', 'correct the refused event, and send it again under the same key', c.idempotency_key);
  end if;
  f.requirement := 'no refused report of a failure or an objection';
  f.detail := format('%s: %s, in a report that was refused with %s', v_what, c.status, c.error_code);
  return f;
end
$$;
comment on function ops_private.find_contested(ops_private.contested, timestamptz) is
  'The finding on a contested report that stands: always blocking and failed. Of an objection in the name of somebody who did not hold the persona in the project at that moment, the remedy is a dismissal alone. Only the remedy and who depend on that, never a verdict.';
revoke execute on function ops_private.find_contested(ops_private.contested, timestamptz) from public;
