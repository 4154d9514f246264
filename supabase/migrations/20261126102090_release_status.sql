-- What follows for a release from its deployments and verdicts: its status, how far it is cleared, and until when.

create function ops_private.status_by_deployments(release_id uuid, as_of timestamptz, past boolean)
returns ops.ops_release_status
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r where r.release_id = status_by_deployments.release_id;
  return (
    select case
      when bool_or(t.status = 'failed') then 'failed'
      when bool_or(t.status = 'rolled_back') then 'rolled_back'
      when bool_and(coalesce(t.status = 'succeeded' and t.was_eligible, false)) then 'promoted'
    end::ops.ops_release_status
    from (
      -- When every target was taken out, the status stays what it was.
      select f.*, bool_and(f.retired) over () as gone from (
        select
          (array_agg(s.status order by n.place) filter (where s.status is not null))[1] as status,
          (array_agg(d.was_eligible order by n.place) filter (where s.status is not null))[1] as was_eligible,
          v_release.retired and ops_private.target_retired_at(
            v_release, v_release.environment_target, n.target, as_of) is not null as retired
        from ops_private.deployments_at(v_release.release_id, as_of) as n
        join ops.deployments d on d.deployment_id = n.deployment_id
        cross join lateral (
          select case when not past then nullif(d.status, 'in_progress')
            when n.undone_at is not null then 'rolled_back' else n.ended end as status
        ) as s
        where n.environment = v_release.environment_target
        group by n.target
      ) as f
    ) as t
    where t.gone or not t.retired
  );
end
$$;
comment on function ops_private.status_by_deployments(uuid, timestamptz, boolean) is
  'The status of a release that follows from the newest finished deployment to each target of its target environment: failed if one failed, else rolled_back if one was, else promoted if all succeeded while eligible. Null otherwise, also while a target has no finished deployment. past: by the reports that were known at the moment, and not by the stored statuses.';
revoke execute on function ops_private.status_by_deployments(uuid, timestamptz, boolean) from public;

create function ops_private.release_status_of(release_id uuid, as_of timestamptz, past boolean default false)
returns ops.ops_release_status
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_status ops.ops_release_status := ops_private.status_by_deployments(release_id, as_of, past);
begin
  return case
    when v_status is not null then v_status
    when exists (
        select from ops.gate_checks gc where gc.release_id = release_status_of.release_id and gc.created_at <= as_of)
      or exists (
        select from ops.approvals a where a.release_id = release_status_of.release_id and a.created_at <= as_of)
      or exists (
        select from ops.evidence_artifacts e where e.release_id = release_status_of.release_id and e.created_at <= as_of)
      or exists (
        select from ops.exceptions x where x.release_id = release_status_of.release_id and x.created_at <= as_of)
      or exists (
        select from ops.deployments d where d.release_id = release_status_of.release_id and d.created_at <= as_of)
    then 'in_progress' else 'draft' end;
end
$$;
comment on function ops_private.release_status_of(uuid, timestamptz, boolean) is
  'The status of a release that follows from its facts: from its deployments to the target environment; otherwise in_progress with any fact until that moment, draft without. past: a moment before the present; then nothing stored is read.';
revoke execute on function ops_private.release_status_of(uuid, timestamptz, boolean) from public;

create function ops_private.gates_before(environment ops.ops_environment) returns ops.ops_gate_code[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case environment when 'production' then '{G1,G2,G3}'::ops.ops_gate_code[]
    when 'staging' then '{G1,G2}' else '{}' end;
end
$$;
comment on function ops_private.gates_before(ops.ops_environment) is
  'The gates that must be passed or bypassed before a release goes to an environment, in order.';
revoke execute on function ops_private.gates_before(ops.ops_environment) from public;

create function ops_private.all_passed(statuses ops.ops_gate_status[], gates ops.ops_gate_code[]) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return cardinality(array_positions(statuses[1:cardinality(gates)], 'passed')) = cardinality(gates);
end
$$;
comment on function ops_private.all_passed(ops.ops_gate_status[], ops.ops_gate_code[]) is
  'Whether the first gates of a release are all passed. statuses: of its gates, G1 first. gates: from G1 on, without a gap.';
revoke execute on function ops_private.all_passed(ops.ops_gate_status[], ops.ops_gate_code[]) from public;

create function ops_private.cleared_for(release ops.releases, statuses ops.ops_gate_status[], as_of timestamptz)
returns ops.ops_environment
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_on_staging boolean := false;
  v_on_release boolean := false;
begin
  if release.contested then
    select coalesce(bool_or(c.on_staging), false), coalesce(bool_or(c.on_release), false)
    into v_on_staging, v_on_release
    from ops_private.standing_contested(release.release_id, as_of) as c;
  end if;
  if release.objected then
    v_on_release := v_on_release or exists (
      select from ops_private.standing_decisions(release.release_id, null, as_of) as d where d.decision <> 'approved');
  end if;
  if v_on_release or not ops_private.all_passed(statuses, ops_private.gates_before('staging')) then
    return 'dev'::ops.ops_environment;
  elsif v_on_staging or not ops_private.all_passed(statuses, ops_private.gates_before('production'))
    or ops_private.standing_health(release, 'staging', as_of) = 'failed' then
    return 'staging'::ops.ops_environment;
  end if;
  return 'production'::ops.ops_environment;
end
$$;
comment on function ops_private.cleared_for(ops.releases, ops.ops_gate_status[], timestamptz) is
  'The furthest environment that these statuses (G1 first), the health of staging, objections to the release as a whole and contested reports allow. Only passed counts, not bypassed.';
revoke execute on function ops_private.cleared_for(ops.releases, ops.ops_gate_status[], timestamptz) from public;

create function ops_private.validity(
  release ops.releases, as_of timestamptz, out judged_until timestamptz, out lapses_at timestamptz
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  select
    min(t.moment),
    case when release.lapses_at is not null
      then coalesce(min(t.moment) filter (where t.lapses), ops_private.never()) end
  into validity.judged_until, validity.lapses_at
  from ops_private.turning_points t where t.release_id = release.release_id and t.moment > validity.as_of;
end
$$;
comment on function ops_private.validity(ops.releases, timestamptz) is
  'Until when the verdicts on a release at a moment are the answer: judged_until and lapses_at of ops.releases.';
revoke execute on function ops_private.validity(ops.releases, timestamptz) from public;
