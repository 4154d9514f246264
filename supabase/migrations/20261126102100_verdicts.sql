-- Verdicts: judge one gate from its findings, judge the gates of a release in order, and store the result.

create type ops_private.gate_verdict as (
  stored ops.release_gates,
  gate ops.release_gates,
  findings ops.gate_finding[]
);
comment on type ops_private.gate_verdict is
  'The verdict on a gate at a moment: stored is the gate as it is stored, gate is the gate as the facts require it, findings explain the verdict.';

create type ops_private.judgement as (
  statuses ops.ops_gate_status[],
  verdicts ops_private.gate_verdict[]
);
comment on type ops_private.judgement is
  'The result of judging a release: the status of each gate, G1 first, and the verdicts on the gates that were judged.';

create function ops_private.findings_on(
  gate ops.release_gates, release ops.releases, targets ops_private.deployed_target[],
  prior_statuses ops.ops_gate_status[], as_of timestamptz, in_full boolean, untouched boolean,
  contested ops_private.contested[], policy ops_private.requirements_in_force[] default null
) returns ops.gate_finding[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_need ops_private.requirements_in_force;
  v_finding ops.gate_finding;
  v_findings ops.gate_finding[] := '{}'::ops.gate_finding[];
  v_facts ops_private.gate_facts := row('{}'::uuid[], '{}'::ops_private.latest_check[],
    '{}'::ops_private.standing_decision[], '{}'::text[], null::text[], null::text);
  v_answered text[] := '{}'::text[];
  v_blocking boolean := false;
begin
  if cardinality(targets) > 0 then
    v_facts.deployments := ops_private.looked_at(targets);
  end if;
  if not untouched then
    v_facts.checks := case
      when gate.gate_code = 'G4' then ops_private.checks_of_deployments(gate, release, v_facts.deployments, as_of)
      else array(select c from ops_private.latest_checks(gate.release_id, gate.gate_id, as_of, release.dismissed) as c)
    end;
    if exists (select from ops.approvals a where a.release_id = gate.release_id and a.gate_id = gate.gate_id) then
      v_facts := ops_private.with_decisions(v_facts, gate, release, as_of, policy);
    end if;
  end if;
  for v_need in
    -- As ops_private.requirements_of, which is not called: that would cost every judging of a gate a function more.
    select n.* from (
      select f.* from ops_private.requirements_in_force f where f.release_id = gate.release_id and policy is null
      union all
      select p.* from unnest(policy) as p
    ) as n
    where n.gate_code = gate.gate_code and n.on_gate and (in_full or n.enforcement = 'blocking')
    order by n.enforcement, n.kind, n.subject
  loop
    if v_need.kind in ('check', 'no_failed_checks') and cardinality(targets) < 2 then
      v_finding := ops_private.find_checks(v_need.kind, v_need.subject, gate.gate_code, v_facts.checks, in_full);
    else
      v_finding := ops_private.find_requirement(
        v_need, gate, release, targets, v_facts, prior_statuses, as_of, in_full, untouched);
    end if;
    v_blocking := v_blocking or v_need.enforcement = 'blocking';
    if v_need.kind = 'approval' then
      if v_need.enforcement = 'blocking' then
        v_answered := v_answered || v_need.subject;
      end if;
      -- Nobody counts twice on a gate, unless policy lets them (one_gate): for the requirements that follow, whoever
      -- approved in this persona does not.
      if v_facts.decisions <> '{}' then
        v_facts.barred := v_facts.barred || ops_private.approvers_as(v_facts.decisions, array[v_need.subject]);
      end if;
    end if;
    continue when v_finding.state is null;
    v_finding.gate_id := gate.gate_id;
    v_finding.gate_code := gate.gate_code;
    v_finding.kind := v_need.kind;
    v_finding.subject := v_need.subject;
    v_finding.enforcement := v_need.enforcement;
    v_findings := v_findings || v_finding;
  end loop;
  if v_facts.decisions <> '{}' or release.has_artifacts or release.dismissed or contested <> '{}' or not v_blocking then
    return ops_private.with_findings_beside_policy(
      v_findings, gate, release, v_facts.decisions, v_answered, v_blocking, as_of, in_full, contested);
  end if;
  return v_findings;
end
$$;
comment on function ops_private.findings_on(
  ops.release_gates, ops.releases, ops_private.deployed_target[], ops.ops_gate_status[], timestamptz, boolean, boolean,
  ops_private.contested[], ops_private.requirements_in_force[]
) is
  'The findings on one gate at a moment. First the contested reports, then the requirements of the policy in force for the release, blocking ones before advisory ones, then what the policy need not ask for (ops_private.with_findings_beside_policy). release: the release of the gate. targets: what G4 looks at (ops_private.targets_at). prior_statuses: the verdicts on the gates before it. untouched: the gate is known to have no facts. contested: the contested reports that stand. in_full: also advisory and satisfied findings; without it, an empty result means passed.';
revoke execute on function ops_private.findings_on(
  ops.release_gates, ops.releases, ops_private.deployed_target[], ops.ops_gate_status[], timestamptz, boolean, boolean,
  ops_private.contested[], ops_private.requirements_in_force[]
) from public;

create function ops_private.judge(
  release ops.releases, from_gate ops.ops_gate_code, as_of timestamptz,
  to_gate ops.ops_gate_code default 'G4', in_full boolean default false, live boolean default false,
  policy ops_private.requirements_in_force[] default null
) returns ops_private.judgement
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_stored ops.release_gates;
  v_gate ops.release_gates;
  v_findings ops.gate_finding[];
  v_statuses ops.ops_gate_status[] := '{}'::ops.ops_gate_status[];
  v_verdicts ops_private.gate_verdict[] := '{}'::ops_private.gate_verdict[];
  v_moved boolean := false;
  v_targets ops_private.deployed_target[] := '{}'::ops_private.deployed_target[];
  v_untouched boolean;
  v_contested ops_private.contested[] := '{}'::ops_private.contested[];
  v_timed constant boolean := release.excepted or release.contested or release.dismissed
    or release.lapses_at is not null;
  v_signed boolean;
begin
  -- Few sign off G1. All else on G1 are builds.
  v_signed := from_gate in ('G2', 'G3') or live and from_gate = 'G1' and release.status <> 'draft'
    and ops_private.is_signed_off(release.release_id, from_gate);
  if release.contested then
    v_contested := array(select c from ops_private.standing_contested(release.release_id, as_of) as c);
  end if;
  for v_stored in
    select g.* from ops.release_gates g
    where g.release_id = release.release_id and g.gate_code <= to_gate order by g.gate_code
  loop
    -- If something of the release ends with time or with another fact, any gate may change: judge all. Otherwise a
    -- fact on from_gate can only change that gate, later gates with facts if from_gate was signed off (who approved an
    -- earlier gate matters there), and gates that passed or wait only for a prior gate. A build that names artifacts
    -- changes which approvals count, on any gate that has facts.
    if v_stored.gate_code = from_gate or v_timed or v_stored.gate_code > from_gate and (
      not live or (v_signed or release.has_artifacts and from_gate = 'G1') and v_stored.status <> 'pending'
      or v_moved and (v_stored.status = 'passed' or v_stored.waits_for is not null)
    ) then
      if v_stored.gate_code = 'G4' then
        v_targets := array(select t from ops_private.targets_at(release, null, as_of) as t);
      end if;
      -- A pending gate has no facts, except the new ones on from_gate, and on G4 those of an earlier deployment.
      v_untouched := live and v_stored.status = 'pending' and v_stored.gate_code not in (from_gate, 'G4');
      v_findings := ops_private.findings_on(
        v_stored, release, v_targets, v_statuses, as_of, in_full, v_untouched, v_contested, policy);
      v_gate := ops_private.gate_as_found(
        v_stored, v_findings, v_targets, release.excepted, as_of, v_untouched, policy);
      v_verdicts := v_verdicts || row(v_stored, v_gate, v_findings)::ops_private.gate_verdict;
      v_statuses := v_statuses || v_gate.status;
      v_moved := v_moved or v_gate.status <> v_stored.status;
    else
      v_statuses := v_statuses || v_stored.status;
    end if;
  end loop;
  if live and release.excepted then
    v_verdicts := ops_private.with_verdicts_by_facts(v_verdicts, release, as_of);
  end if;
  return row(v_statuses, v_verdicts);
end
$$;
comment on function ops_private.judge(
  ops.releases, ops.ops_gate_code, timestamptz, ops.ops_gate_code, boolean, boolean, ops_private.requirements_in_force[]
) is
  'Judges the gates of a release in order, from from_gate to to_gate, at a moment, by the facts known then. Each gate sees the verdicts on the gates before it. live: a fact has just arrived on from_gate; gates that it cannot change keep their stored verdict. in_full: also return advisory and satisfied findings; no verdict depends on them. policy: as ops_private.requirements_of.';
revoke execute on function ops_private.judge(
  ops.releases, ops.ops_gate_code, timestamptz, ops.ops_gate_code, boolean, boolean, ops_private.requirements_in_force[]
) from public;

create function ops_private.with_verdicts_by_facts(
  verdicts ops_private.gate_verdict[], release ops.releases, as_of timestamptz
) returns ops_private.gate_verdict[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases := release;
  v_by_facts ops_private.gate_verdict[];
  v_verdict ops_private.gate_verdict;
begin
  v_release.excepted := false;
  v_by_facts := (ops_private.judge(v_release, 'G1', as_of)).verdicts;
  for v_place in 1 .. cardinality(verdicts) loop
    v_verdict := verdicts[v_place];
    v_verdict.gate.status_without_exception := ((v_by_facts[v_place]).gate).status;
    v_verdict.gate.first_missing_without_exception := ((v_by_facts[v_place]).gate).first_missing;
    verdicts[v_place] := v_verdict;
  end loop;
  return verdicts;
end
$$;
comment on function ops_private.with_verdicts_by_facts(
  ops_private.gate_verdict[], ops.releases, timestamptz
) is
  'Verdicts on the gates of a release, G1 first, with the verdict on each as if the release had no exception. That is the answer whenever no exception is active.';
revoke execute on function ops_private.with_verdicts_by_facts(
  ops_private.gate_verdict[], ops.releases, timestamptz
) from public;

create function ops_private.gate_as_found(
  gate ops.release_gates, findings ops.gate_finding[], targets ops_private.deployed_target[], excepted boolean,
  as_of timestamptz, untouched boolean, policy ops_private.requirements_in_force[] default null
) returns ops.release_gates
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate ops.release_gates := gate;
  v_finding ops.gate_finding;
  v_failed boolean := false;
  v_only_evidence boolean := true;
  v_own text;
  v_wait text;
  v_missing ops.gate_finding[] := '{}'::ops.gate_finding[];
begin
  v_gate.evidence_gap := false;
  v_gate.waits_for := null;
  foreach v_finding in array findings loop
    continue when v_finding.enforcement <> 'blocking' or v_finding.state = 'satisfied';
    v_failed := v_failed or v_finding.state = 'failed';
    v_gate.evidence_gap := v_gate.evidence_gap or v_finding.kind is not distinct from 'evidence';
    v_only_evidence := v_only_evidence and v_finding.kind is not distinct from 'evidence';
    if v_finding.kind = 'prior_gate' then
      v_wait := coalesce(v_wait, format('%s (%s)', v_finding.requirement, v_finding.detail));
      v_gate.waits_for := coalesce(v_gate.waits_for, v_finding.subject::ops.ops_gate_code);
    else
      v_own := coalesce(v_own, format('%s (%s)', v_finding.requirement, v_finding.detail));
      if v_finding.kind is distinct from 'contested_report' then
        v_missing := v_missing || v_finding;
      end if;
    end if;
  end loop;
  v_gate.missing := v_missing;
  if v_own is not null then
    v_gate.waits_for := null;
  end if;
  v_gate.first_missing := coalesce(v_own, v_wait);
  v_gate.exception_id := case when v_gate.first_missing is not null and excepted
    then ops_private.covering_exception(
      gate.release_id, array[gate.gate_code], v_only_evidence, as_of, policy) end;
  v_gate.status := case
    when v_gate.first_missing is null then 'passed'::ops.ops_gate_status
    when v_gate.exception_id is not null then 'bypassed'
    when v_failed then 'failed'
    when untouched then 'pending'
    when ops_private.has_facts(
      gate.release_id, gate.gate_id, gate.gate_code, ops_private.looked_at(targets), as_of) then 'in_progress'
    else 'pending'
  end;
  if (v_gate.status, v_gate.exception_id) is distinct from (gate.status, gate.exception_id) then
    v_gate.entered_at := case
      when v_gate.status = 'pending' then null
      when v_gate.status = 'in_progress' then clock_timestamp()
      else coalesce(gate.entered_at, clock_timestamp())
    end;
    v_gate.resolved_at := case when v_gate.status in ('passed', 'failed', 'bypassed') then clock_timestamp() end;
    v_gate.resolved_by := case when v_gate.resolved_at is not null then ops_private.current_actor() end;
  end if;
  return v_gate;
end
$$;
comment on function ops_private.gate_as_found(
  ops.release_gates, ops.gate_finding[], ops_private.deployed_target[], boolean, timestamptz, boolean,
  ops_private.requirements_in_force[]
) is
  'A gate as its findings require it. passed: all blocking requirements are satisfied. bypassed: an exception covers what is missing. failed: a blocking requirement failed. in_progress: the gate has facts. pending: it has none. A new verdict also sets the time and the subject.';
revoke execute on function ops_private.gate_as_found(
  ops.release_gates, ops.gate_finding[], ops_private.deployed_target[], boolean, timestamptz, boolean,
  ops_private.requirements_in_force[]
) from public;

create function ops_private.store(
  release ops.releases, touched ops.ops_gate_code, judged ops_private.judgement, as_of timestamptz,
  fact boolean default false
) returns ops.ops_release_status
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_verdict ops_private.gate_verdict;
  v_gate ops.release_gates;
  v_status ops.ops_release_status := release.status;
  v_cleared_for ops.ops_environment;
  v_judged_until timestamptz;
  v_lapses_at timestamptz;
begin
  foreach v_verdict in array judged.verdicts loop
    v_gate := v_verdict.gate;
    continue when v_gate is not distinct from v_verdict.stored;
    update ops.release_gates g
    set
      status = v_gate.status, entered_at = v_gate.entered_at, resolved_at = v_gate.resolved_at,
      resolved_by = v_gate.resolved_by, exception_id = v_gate.exception_id, first_missing = v_gate.first_missing,
      waits_for = v_gate.waits_for, missing = v_gate.missing, evidence_gap = v_gate.evidence_gap,
      status_without_exception = v_gate.status_without_exception,
      first_missing_without_exception = v_gate.first_missing_without_exception
    where g.gate_id = v_gate.gate_id;
  end loop;
  -- The first fact ends the draft. After that only deployments change the status of a release; they are facts on G4.
  if v_status = 'draft' and touched < 'G4' and fact then
    v_status := 'in_progress';
  elsif touched = 'G4' or v_status = 'draft' and touched is not null then
    v_status := ops_private.release_status_of(release.release_id, as_of);
  end if;
  v_cleared_for := case when judged.statuses[2] = 'passed'
    then ops_private.cleared_for(release, judged.statuses, as_of) else 'dev' end;
  if release.excepted or release.lapses_at is not null then
    select v.judged_until, v.lapses_at into v_judged_until, v_lapses_at from ops_private.validity(release, as_of) as v;
  end if;
  if fact or (v_status, v_cleared_for, judged.statuses, v_judged_until, v_lapses_at) is distinct from (
    release.status, release.cleared_for, release.gate_statuses, release.judged_until, release.lapses_at) then
    update ops.releases r
    set status = v_status, cleared_for = v_cleared_for, gate_statuses = judged.statuses,
      judged_until = v_judged_until, lapses_at = v_lapses_at, recorded_until = release.recorded_until
    where r.release_id = release.release_id;
  end if;
  return v_status;
end
$$;
comment on function ops_private.store(
  ops.releases, ops.ops_gate_code, ops_private.judgement, timestamptz, boolean
) is
  'Stores the verdicts on a release at a moment, its status, cleared_for and until when this is the answer. Returns the status. The caller must hold the lock of the release. touched: the gate from which it was judged; null for a new release. fact: a fact was just written, at recorded_until of the release, which is stored too.';
revoke execute on function ops_private.store(
  ops.releases, ops.ops_gate_code, ops_private.judgement, timestamptz, boolean
) from public;
