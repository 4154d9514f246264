-- Notices are written in the transaction that makes them true: where verdicts are stored, and after the rows of facts.

create function ops_private.asked_by(n ops.notices) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select t.target_name from ops.notice_targets t
    where t.project = n.project and t.replaced_at is null and n.kind = any (t.kinds)
      and not exists (select from ops.releases r where r.release_id = n.release_id and r.imported_at is not null)
      and n.happened_at >= (
        select min(f.created_at) from ops.notice_targets f
        where f.project = n.project and f.target_name = t.target_name and f.created_at > coalesce((
            select max(o.created_at) from ops.notice_targets o
            where o.project = n.project and o.target_name = t.target_name and n.kind <> all (o.kinds)), '-infinity'))
    order by t.target_name);
end
$$;
comment on function ops_private.asked_by(ops.notices) is
  'The targets of the project that ask for the kind of a notice, and have done so without a break since before it became true. None for a notice of a release of the past.';
revoke execute on function ops_private.asked_by(ops.notices) from public;

create function ops_private.tell(n ops.notices) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_targets constant text[] := ops_private.asked_by(n);
  v_target text;
  v_notice ops.notices;
begin
  if v_targets = '{}' then
    return false;
  end if;
  insert into ops.notices as w (
    release_id, project, kind, gate_code, personas, environment, deployment_id, exception_id, contested_id, by_time,
    happened_at
  ) values (
    n.release_id, n.project, n.kind, n.gate_code, coalesce(n.personas, '{}'), n.environment, n.deployment_id,
    n.exception_id, n.contested_id, coalesce(n.by_time, false), n.happened_at
  ) on conflict do nothing returning w.* into v_notice;
  if v_notice.notice_id is null then
    return false;
  end if;
  foreach v_target in array v_targets loop
    perform ops_private.deliver(v_notice, v_target);
  end loop;
  return true;
end
$$;
comment on function ops_private.tell(ops.notices) is
  'Writes a notice and a delivery for each target that asks for it (ops_private.asked_by); nothing when none does, or when time made it true and it was said before. Returns whether it is new. The caller holds the lock of the release, so the order of the notices is that of the facts.';
revoke execute on function ops_private.tell(ops.notices) from public;

create function ops_private.deliver(n ops.notices, target text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_older ops.notice_deliveries;
begin
  -- The newest stands for those of two minutes that nobody has claimed yet. One that a sender looks at is left to it.
  update ops.notice_deliveries d set state = 'merged', ended_at = clock_timestamp()
  where d.delivery_id = (
    select o.delivery_id from ops.notice_deliveries o
    where o.release_id = n.release_id and o.target_name = deliver.target and o.ended_at is null
      and o.kind = n.kind and (o.gate_code, o.environment) is not distinct from (n.gate_code, n.environment)
      and o.state = 'waiting' and o.attempt = 0 and o.begins_at >= n.created_at - interval '2 minutes'
    order by o.place desc limit 1
    for update skip locked
  )
  returning d.* into v_older;
  insert into ops.notice_deliveries (
    notice_id, target_name, release_id, project, place, kind, gate_code, environment, begins_at, same
  ) values (
    n.notice_id, deliver.target, n.release_id, n.project, n.place, n.kind, n.gate_code, n.environment,
    coalesce(v_older.begins_at, n.created_at), 1 + coalesce(v_older.same, 0)
  );
end
$$;
comment on function ops_private.deliver(ops.notices, text) is
  'Writes the delivery of a notice to a target. It takes the place of the one of the same release, kind, gate and environment that began within two minutes and that nobody has claimed.';
revoke execute on function ops_private.deliver(ops.notices, text) from public;

create function ops_private.awaited_at(gate ops.release_gates) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select distinct m.who from unnest(gate.missing) as m
    where m.who = any (enum_range(null::ops.ops_persona_role)::text[]) order by m.who);
end
$$;
comment on function ops_private.awaited_at(ops.release_gates) is
  'The roles of people that can do something about what is missing at a gate, by the verdict that is stored.';
revoke execute on function ops_private.awaited_at(ops.release_gates) from public;

create function ops_private.was_in_turn(release ops.releases, gates ops.release_gates[], gate_code ops.ops_gate_code)
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  g ops.release_gates;
  v_cleared boolean := true;
begin
  foreach g in array gates loop
    exit when g.gate_code = was_in_turn.gate_code;
    v_cleared := v_cleared and g.status in ('passed', 'bypassed');
  end loop;
  return g.status not in ('passed', 'bypassed') and (
    g.status = 'failed' or g.gate_code = 'G4' and (g.status = 'in_progress' or exists (
      select from ops.deployments d where d.release_id = release.release_id and d.created_at < release.recorded_until))
    or v_cleared and (
      g.gate_code < 'G4'
      or release.cleared_for >= release.environment_target and not (release.excepted or release.asks_beyond)));
end
$$;
comment on function ops_private.was_in_turn(ops.releases, ops.release_gates[], ops.ops_gate_code) is
  'Whether it was the turn of a gate before a verdict: as ops_private.gates_in_turn, by the release and its gates as they were stored then. Of the facts only deployments are asked, and those before recorded_until: the newest fact has changed the others already. No of G4 before a deployment where more than the stored verdicts decides whether the release may go: told once too often rather than never.';
revoke execute on function ops_private.was_in_turn(
  ops.releases, ops.release_gates[], ops.ops_gate_code
) from public;

create function ops_private.tell_verdicts(
  release ops.releases, judged ops_private.judgement, as_of timestamptz
) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
  v_stored constant ops.release_gates[] := ops_private.stored_gates(release.release_id);
  v_gates constant ops.release_gates[] := array(
    select coalesce((select v.gate from unnest(judged.verdicts) as v where (v.gate).gate_id = g.gate_id), g)
    from unnest(v_stored) as g order by g.gate_code);
  v_before constant ops.release_gates[] := array(
    select coalesce((select v.stored from unnest(judged.verdicts) as v where (v.gate).gate_id = g.gate_id), g)
    from unnest(v_stored) as g order by g.gate_code);
  v_old ops.release_gates;
  n ops.notices;
  g ops.release_gates;
begin
  select r.* into v_release from ops.releases r where r.release_id = release.release_id;
  n.release_id := release.release_id;
  n.project := release.project;
  n.happened_at := as_of;
  if v_release.closed_at is null then
    foreach g in array ops_private.gates_in_turn(v_release, v_gates, as_of) loop
      v_old := v_before[array_position(enum_range(null::ops.ops_gate_code), g.gate_code)];
      n.gate_code := g.gate_code;
      n.personas := ops_private.awaited_at(g);
      n.kind := case
        when g.status = 'failed' then case when v_old.status <> 'failed' then 'gate_failed'::ops.ops_notice_kind end
        when not n.personas <@ case when ops_private.was_in_turn(release, v_before, g.gate_code)
          then ops_private.awaited_at(v_old) else '{}' end then 'gate_waits' end;
      if n.kind is not null then
        perform ops_private.tell(n);
      end if;
    end loop;
  end if;
  if v_release.status <> release.status and v_release.status in ('promoted', 'rolled_back') then
    n.kind := v_release.status::text::ops.ops_notice_kind;
    n.gate_code := null;
    n.personas := '{}';
    n.environment := release.environment_target;
    perform ops_private.tell(n);
  end if;
end
$$;
comment on function ops_private.tell_verdicts(ops.releases, ops_private.judgement, timestamptz) is
  'Tells what stored verdicts changed: gates that failed, gates that began to wait for a role of people for which they did not wait before, and a release that was promoted or rolled back. release: as it was before. judged: what each of the gates was and is.';
revoke execute on function ops_private.tell_verdicts(ops.releases, ops_private.judgement, timestamptz) from public;

create or replace function ops_private.store(
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
  v_moved boolean := false;
begin
  foreach v_verdict in array judged.verdicts loop
    v_gate := v_verdict.gate;
    continue when v_gate is not distinct from v_verdict.stored;
    v_moved := true;
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
  -- People are told where a target asks for it. Elsewhere this is one look into an index, and only when something moved.
  if (v_moved or v_status <> release.status) and exists (
    select from ops.notice_targets t where t.project = release.project and t.replaced_at is null) then
    perform ops_private.tell_verdicts(release, judged, as_of);
  end if;
  return v_status;
end
$$;

create or replace function ops_private.tg_keep_gate_truthful() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not read the facts
as $$
declare
  v_release ops.releases;
  v_verdict ops_private.gate_verdict;
  v_truth ops.release_gates;
  v_told ops_private.judgement;
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
  -- Here and not in a trigger of its own, which every verdict of an event would have to ask: that cost 7 % of its speed.
  v_told.verdicts := array[row(old, v_truth, null)::ops_private.gate_verdict];
  perform ops_private.tell_verdicts(v_release, v_told, clock_timestamp());
  return v_truth;
end
$$;
comment on function ops_private.tg_keep_gate_truthful() is
  'Before a direct update of a gate: its identity columns cannot change (OPS05), and its verdict must agree with the facts; the error names what is missing (OPS01). The server sets when and by whom it was resolved. Tells what the verdict changed, as ops_private.store does.';

create function ops_private.tg_tell() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write notices
as $$
declare
  v_fact constant jsonb := to_jsonb(new);
  n ops.notices;
begin
  n.kind := tg_argv[0]::ops.ops_notice_kind;
  n.release_id := new.release_id;
  n.project := new.project;
  n.happened_at := clock_timestamp();
  n.environment := (v_fact ->> 'environment')::ops.ops_environment;
  n.deployment_id := (v_fact ->> 'deployment_id')::uuid;
  n.exception_id := (v_fact ->> 'exception_id')::uuid;
  n.contested_id := (v_fact ->> 'contested_id')::uuid;
  n.gate_code := (select g.gate_code from ops.release_gates g where g.gate_id = (v_fact ->> 'gate_id')::uuid);
  perform ops_private.tell(n);
  return null;
end
$$;
comment on function ops_private.tg_tell() is
  'After a fact was written of which people are told: writes the notice of the kind that the trigger names.';
revoke execute on function ops_private.tg_tell() from public;

create trigger _800_tell after insert on ops.contested_reports
for each row execute function ops_private.tg_tell('contested');
create trigger _800_tell after insert on ops.exceptions
for each row execute function ops_private.tg_tell('exception_opened');
create trigger _800_tell after insert on ops.deployments
for each row when (new.was_eligible is false) execute function ops_private.tg_tell('ineligible_deployment');
create trigger _810_tell_changed after update on ops.deployments
for each row when (new.was_eligible is false and old.was_eligible is not false)
execute function ops_private.tg_tell('ineligible_deployment');
alter table ops.deployments enable always trigger _810_tell_changed;
