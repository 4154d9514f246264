-- Derived columns of deployments, releases and gates always agree with the facts, whoever writes. A fact that somebody
-- writes directly is judged in the same transaction.

create function ops_private.stops_on_record(release_id uuid, out stopped boolean, out objected boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  stops_on_record.objected := exists (
    select from ops.approvals a
    where a.release_id = stops_on_record.release_id and a.scope = 'release' and a.decision <> 'approved');
  stops_on_record.stopped := stops_on_record.objected or exists (
    select from ops.approvals a where a.release_id = stops_on_record.release_id and a.decision = 'rejected'
  ) or exists (
    select from ops.gate_checks gc
    where gc.release_id = stops_on_record.release_id and gc.status = 'fail' and gc.trusted);
end
$$;
comment on function ops_private.stops_on_record(uuid) is
  'Whether the release has the facts for which ops_private.tg_mark_stop marks it with stopped and objected.';
revoke execute on function ops_private.stops_on_record(uuid) from public;

create function ops_private.tg_keep_release_truthful() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not read the facts
as $$
declare
  v_now constant timestamptz := ops_private.present(old);
  v_truth ops.releases := new;
begin
  perform ops_private.refuse_other_changes(
    'releases', to_jsonb(old), to_jsonb(new), variadic array['status', 'cleared_for', 'gate_statuses', 'excepted',
      'contested', 'stopped', 'objected', 'retired', 'has_artifacts', 'dismissed', 'recorded_until']
    -- The owner's own statements store verdicts too (ops_private.store).
    || case when ops_private.is_owner() then array['judged_until', 'lapses_at'] else '{}' end);
  if new.recorded_until < old.recorded_until
    or new.recorded_until > greatest(v_now, old.recorded_until + interval '1 microsecond') then
    v_truth.recorded_until := old.recorded_until;
  end if;
  if (new.judged_until, new.lapses_at) is distinct from (old.judged_until, old.lapses_at) then
    select v.judged_until, v.lapses_at into v_truth.judged_until, v_truth.lapses_at
    from ops_private.validity(old, v_now) as v;
  end if;
  if new.status <> old.status then
    v_truth.status := ops_private.release_status_of(new.release_id, v_now);
  end if;
  if new.cleared_for <> old.cleared_for then
    v_truth.cleared_for := (
      select ops_private.cleared_for(new, array_agg(g.status order by g.gate_code), v_now)
      from ops.release_gates g where g.release_id = new.release_id
    );
  end if;
  if new.gate_statuses <> old.gate_statuses then
    v_truth.gate_statuses := array(
      select g.status from ops.release_gates g where g.release_id = new.release_id order by g.gate_code);
  end if;
  if new.excepted <> old.excepted then
    v_truth.excepted := exists (select from ops.exceptions x where x.release_id = new.release_id);
  end if;
  if new.contested <> old.contested then
    v_truth.contested := exists (select from ops.contested_reports c where c.release_id = new.release_id);
  end if;
  if new.dismissed <> old.dismissed then
    v_truth.dismissed := exists (select from ops.dismissals d where d.release_id = new.release_id);
  end if;
  if (new.stopped, new.objected) <> (old.stopped, old.objected) then
    select f.stopped, f.objected into v_truth.stopped, v_truth.objected
    from ops_private.stops_on_record(new.release_id) as f;
  end if;
  if new.retired <> old.retired then
    v_truth.retired := exists (select from ops.retired_releases x where x.release_id = new.release_id);
  end if;
  if new.has_artifacts <> old.has_artifacts then
    v_truth.has_artifacts := exists (select from ops.build_artifacts a where a.release_id = new.release_id);
  end if;
  if new is distinct from v_truth then
    raise exception using errcode = 'OPS02',
      message = format('these columns of the release do not follow from its facts: %s', (
        select string_agg(n.key, ', ' order by n.key) from jsonb_each(to_jsonb(new)) as n
        where n.value is distinct from to_jsonb(v_truth) -> n.key)),
      hint = 'leave out these columns; they follow from the facts';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_keep_release_truthful() is
  'Before a direct update of a release: its identity columns cannot change (OPS05), and derived columns must agree with the facts (OPS02).';
revoke execute on function ops_private.tg_keep_release_truthful() from public;

create trigger _300_keep_release_truthful before update on ops.releases
for each row when (not ops_private.by_definer()) execute function ops_private.tg_keep_release_truthful();
alter table ops.releases enable always trigger _300_keep_release_truthful;

create function ops_private.tg_keep_gate_truthful() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not read the facts
as $$
declare
  v_release ops.releases;
  v_verdict ops_private.gate_verdict;
  v_truth ops.release_gates;
begin
  perform ops_private.refuse_other_changes(
    'release_gates', to_jsonb(old), to_jsonb(new),
    'status', 'entered_at', 'resolved_at', 'resolved_by', 'exception_id', 'first_missing', 'waits_for',
    'missing', 'evidence_gap', 'status_without_exception', 'first_missing_without_exception'
  );
  if (new.status, new.exception_id) is not distinct from (old.status, old.exception_id)
    and (new.entered_at, new.resolved_at, new.resolved_by)
    is distinct from (old.entered_at, old.resolved_at, old.resolved_by) then
    raise exception using errcode = 'OPS01', message = 'the server sets when and by whom a gate was resolved',
      hint = 'set only status, to the verdict that follows from the facts';
  elsif new is not distinct from old then
    return new;
  end if;
  v_release := ops_private.release_named(new.release_id);
  select v.* into v_verdict
  from unnest((ops_private.judge(
    v_release, new.gate_code, ops_private.present(v_release), to_gate => new.gate_code, live => v_release.excepted
  )).verdicts) as v
  where (v.gate).gate_id = new.gate_id;
  v_truth := v_verdict.gate;
  -- A column that the update changed must be right. The others get the right value below.
  if new.status <> old.status and new.status <> v_truth.status
    or new.exception_id is distinct from old.exception_id and new.exception_id is distinct from v_truth.exception_id
    or new.first_missing is distinct from old.first_missing and new.first_missing is distinct from v_truth.first_missing
    or new.waits_for is distinct from old.waits_for and new.waits_for is distinct from v_truth.waits_for
    or new.missing <> old.missing and new.missing is distinct from v_truth.missing
    or new.evidence_gap <> old.evidence_gap and new.evidence_gap <> v_truth.evidence_gap
    or (new.status_without_exception, new.first_missing_without_exception)
    is distinct from (old.status_without_exception, old.first_missing_without_exception)
    and (new.status_without_exception, new.first_missing_without_exception)
    is distinct from (v_truth.status_without_exception, v_truth.first_missing_without_exception) then
    raise exception using errcode = 'OPS01',
      message = format('gate %s cannot be marked %s: it is %s', new.gate_code, new.status, v_truth.status),
      detail = coalesce((
        select 'missing: ' || string_agg(format('%s (%s)', f.requirement, f.detail), '; ')
        from unnest(v_verdict.findings) as f where f.enforcement = 'blocking' and f.state <> 'satisfied'
      ), 'nothing is missing'),
      hint = 'record the missing facts, or open an exception; to stop the gate, record a rejection';
  end if;
  return v_truth;
end
$$;
comment on function ops_private.tg_keep_gate_truthful() is
  'Before a direct update of a gate: its identity columns cannot change (OPS05), and its verdict must agree with the facts; the error names what is missing (OPS01). The server sets when and by whom it was resolved.';
revoke execute on function ops_private.tg_keep_gate_truthful() from public;

create trigger _300_keep_gate_truthful before update on ops.release_gates
for each row when (not ops_private.by_definer()) execute function ops_private.tg_keep_gate_truthful();
alter table ops.release_gates enable always trigger _300_keep_gate_truthful;

create function ops_private.judge_now(release_id uuid, touched ops.ops_gate_code) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
  v_now timestamptz;
begin
  v_release := ops_private.hold_release(judge_now.release_id);
  v_now := ops_private.present(v_release);
  perform ops_private.store(v_release, touched, ops_private.judge(v_release, touched, v_now, live => true), v_now);
end
$$;
comment on function ops_private.judge_now(uuid, ops.ops_gate_code) is
  'Locks a release, judges its gates from one gate on, and stores the verdicts.';
revoke execute on function ops_private.judge_now(uuid, ops.ops_gate_code) from public;

create function ops.evaluate_gate(gate_id uuid) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp -- stores verdicts for every caller
as $$
declare
  v_gate ops.release_gates;
begin
  perform ops_private.require_role('service_role', 'ci_service_role', 'release_manager');
  v_gate := ops_private.gate_named(evaluate_gate.gate_id);
  perform ops_private.judge_now(v_gate.release_id, v_gate.gate_code);
  return (select g.status::text from ops.release_gates g where g.gate_id = evaluate_gate.gate_id);
end
$$;
comment on function ops.evaluate_gate(uuid) is
  'Judges a gate now, stores the verdict on it and on the gates that wait for it, and returns the verdict: pending, in_progress, passed, failed or bypassed. Facts are judged when they arrive, so this is only needed after an exception began or ended, or an approval or artifact lapsed. OPS04: unknown gate.';
revoke execute on function ops.evaluate_gate(uuid) from public;
grant execute on function ops.evaluate_gate(uuid) to service_role, ci_service_role, release_manager;

create function ops_private.refresh_deployment_health(deployment_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  update ops.deployments d
  set g4_status = h.health
  from (
    select f.deployment_id, ops_private.deployment_health(f.release_id, f.deployment_id, 'infinity') as health
    from ops.deployments f where f.deployment_id = refresh_deployment_health.deployment_id
  ) as h
  where d.deployment_id = h.deployment_id and d.g4_status <> h.health;
end
$$;
comment on function ops_private.refresh_deployment_health(uuid) is
  'Stores the health of a deployment after its checks changed it.';
revoke execute on function ops_private.refresh_deployment_health(uuid) from public;

create function ops_private.refresh_rollbacks(release_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops_private.refresh_deployment_health(d.deployment_id) from ops.deployments d
  where d.release_id = refresh_rollbacks.release_id and d.rollback_of is not null and d.rollback_known;
end
$$;
comment on function ops_private.refresh_rollbacks(uuid) is
  'Stores the health of the rollbacks of a release that go back to something: other deployments decide whether they are left out (ops_private.deployments_at).';
revoke execute on function ops_private.refresh_rollbacks(uuid) from public;

create function ops_private.tg_judge_facts() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- stores verdicts for every writer
as $$
declare
  v_release_id uuid;
  v_touched ops.ops_gate_code;
begin
  perform ops_private.refresh_deployment_health(d.deployment_id)
  from (
    select distinct (to_jsonb(w) ->> 'deployment_id')::uuid as deployment_id
    from written as w where tg_table_name = 'gate_checks'
  ) as d
  where d.deployment_id is not null;
  update ops.releases r set excepted = true
  from written as w
  where tg_table_name = 'exceptions' and r.release_id = w.release_id and not r.excepted;
  -- Deployments change G4. A fact with a gate changes that gate and later ones. Other facts may change every gate.
  for v_release_id, v_touched in
    select distinct
      w.release_id, case when tg_table_name = 'deployments' then 'G4' else coalesce(g.gate_code, 'G1') end as touched
    from written as w
    left join ops.release_gates g on g.gate_id = (to_jsonb(w) ->> 'gate_id')::uuid
    where w.release_id is not null
    order by w.release_id, touched
  loop
    if exists (select from ops.releases r where r.release_id = v_release_id and r.contested) then
      perform ops_private.end_contested(v_release_id, null);
    end if;
    perform ops_private.judge_now(v_release_id, v_touched);
  end loop;
  return null;
end
$$;
comment on function ops_private.tg_judge_facts() is
  'After a direct write of facts: judges their gates and the gates that wait for them, in the same transaction.';
revoke execute on function ops_private.tg_judge_facts() from public;

-- ops.ingest_event judges the facts of an event itself. These triggers judge facts that are written directly.
create trigger _900_judge_facts after insert on ops.gate_checks referencing new table as written
for each statement when (not ops_private.by_definer()) execute function ops_private.tg_judge_facts();
create trigger _900_judge_facts after insert on ops.approvals referencing new table as written
for each statement when (not ops_private.by_definer()) execute function ops_private.tg_judge_facts();
create trigger _900_judge_facts after insert on ops.evidence_artifacts referencing new table as written
for each statement when (not ops_private.by_definer()) execute function ops_private.tg_judge_facts();
create trigger _900_judge_facts after insert on ops.exceptions referencing new table as written
for each statement execute function ops_private.tg_judge_facts();
create trigger _910_judge_changed after update on ops.exceptions referencing new table as written
for each statement execute function ops_private.tg_judge_facts();
alter table ops.exceptions enable always trigger _910_judge_changed;
create trigger _900_judge_facts after insert on ops.deployments referencing new table as written
for each statement when (not ops_private.by_definer()) execute function ops_private.tg_judge_facts();
create trigger _910_judge_changed after update on ops.deployments referencing new table as written
for each statement when (not ops_private.by_definer()) execute function ops_private.tg_judge_facts();
alter table ops.deployments enable always trigger _910_judge_changed;
