-- Storing verdicts: when a fact arrives, when somebody asks, and never otherwise.

create type ops_private.release_verdict as (
  gates ops_private.gate_verdict[],
  release_status ops.ops_release_status
);
comment on type ops_private.release_verdict is
  'What judging a release came to: the verdicts on the gates that were judged, and the status of the release.';

create function ops_private.waits_on(gate_code ops.ops_gate_code, moved ops.ops_gate_code[]) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Whose requirement it is, and whether it is in force, does not matter: judging once too often is no fault.
  return exists (
    select from ops.gate_requirements q
    where q.gate_code = waits_on.gate_code and q.kind = 'prior_gate' and q.subject = any (moved::text[])
  );
end
$$;
comment on function ops_private.waits_on(ops.ops_gate_code, ops.ops_gate_code[]) is
  'Whether any policy makes a gate wait for one of those named.';
revoke execute on function ops_private.waits_on(ops.ops_gate_code, ops.ops_gate_code[]) from public;

create function ops_private.refresh_release(release ops.releases, gates ops.release_gates[], touched ops.ops_gate_code)
returns ops_private.release_verdict
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate ops.release_gates;
  v_verdict ops_private.gate_verdict;
  v_result ops_private.release_verdict;
  v_moved ops.ops_gate_code[] := '{}';
  v_statuses ops.ops_gate_status[] := array[(gates[1]).status, (gates[2]).status, (gates[3]).status, (gates[4]).status];
  c ops_private.gate_context := ops_private.release_context(release, clock_timestamp());
begin
  v_result.gates := '{}';
  for v_place in 1 .. 4 loop
    v_gate := gates[v_place];
    -- Besides its own facts a gate depends on those it waits for, unless it misses something of its own anyway, and G3
    -- on who approved G2. With an exception around, time may have changed any of them.
    if v_gate.gate_code = touched or c.excepted
      or v_gate.gate_code = 'G3' and touched = 'G2' and v_gate.status <> 'pending'
      or v_moved <> '{}' and (v_gate.first_missing like 'G_ is passed or bypassed (%') is not false
      and ops_private.waits_on(v_gate.gate_code, v_moved)
    then
      -- What is pending has no facts, but for those just written, and on G4 those of an earlier deployment.
      c.untouched := v_gate.status = 'pending' and v_gate.gate_code <> touched and v_gate.gate_code <> 'G4';
      c.prior_statuses := v_statuses[1:v_place - 1];
      v_verdict := ops_private.judge_gate(c, gates, v_place);
      v_result.gates := v_result.gates || v_verdict;
      if (v_verdict.status, v_verdict.exception_id, v_verdict.first_missing)
        is distinct from (v_gate.status, v_gate.exception_id, v_gate.first_missing) then
        update ops.release_gates g
        set status = v_verdict.status, exception_id = v_verdict.exception_id, first_missing = v_verdict.first_missing
        where g.gate_id = v_verdict.gate_id;
      end if;
      if v_verdict.status <> v_gate.status then
        v_moved := v_moved || v_gate.gate_code;
        v_statuses[v_place] := v_verdict.status;
      end if;
    end if;
  end loop;
  v_result.release_status := ops_private.refresh_release_row(release, v_statuses, touched);
  return v_result;
end
$$;
comment on function ops_private.refresh_release(ops.releases, ops.release_gates[], ops.ops_gate_code) is
  'Judges the gate that a fact touched, and those that depend on what it moved, stores what changed, and returns the verdicts. The caller holds the release''s lock, and read release and gates behind it.';
revoke execute on function ops_private.refresh_release(ops.releases, ops.release_gates[], ops.ops_gate_code) from public;

create function ops_private.refresh_release_row(
  release ops.releases, statuses ops.ops_gate_status[], touched ops.ops_gate_code
) returns ops.ops_release_status
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_cleared_for constant ops.ops_environment := ops_private.cleared_for(release.release_id, statuses);
  v_status ops.ops_release_status := release.status;
begin
  -- The first fact on a gate ends the draft; after that only deployments move a release, and they are facts on G4.
  if touched <> 'G4' and v_status = 'draft' and statuses <> '{pending,pending,pending,pending}' then
    v_status := 'in_progress';
  elsif touched = 'G4' or v_status = 'draft' then
    v_status := ops_private.release_status_of(release.release_id);
  end if;
  if (v_status, v_cleared_for) is distinct from (release.status, release.cleared_for) then
    update ops.releases r set status = v_status, cleared_for = v_cleared_for where r.release_id = release.release_id;
  end if;
  return v_status;
end
$$;
comment on function ops_private.refresh_release_row(ops.releases, ops.ops_gate_status[], ops.ops_gate_code) is
  'Stores what verdicts (G1 first) and deployments make of a release, its status and what it is cleared for, and returns the status.';
revoke execute on function ops_private.refresh_release_row(ops.releases, ops.ops_gate_status[], ops.ops_gate_code) from public;

create function ops.evaluate_gate(gate_id uuid) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp -- stores what no role may write
as $$
declare
  v_gate ops.release_gates;
  v_release ops.releases;
begin
  perform ops_private.require_role('service_role', 'ci_service_role', 'release_manager');
  v_gate := ops_private.gate_named(evaluate_gate.gate_id);
  v_release := ops_private.hold_release(v_gate.release_id);
  perform ops_private.refresh_release(v_release, ops_private.gates_of(v_gate.release_id), v_gate.gate_code);
  return (select g.status::text from ops.release_gates g where g.gate_id = evaluate_gate.gate_id);
end
$$;
comment on function ops.evaluate_gate(uuid) is
  'Judges a gate now and stores the verdict, on it and on those that wait for it: pending, in_progress, passed, failed or bypassed. Only needed when time went by: facts are judged as they arrive. OPS04 unknown gate.';
revoke execute on function ops.evaluate_gate(uuid) from public;
grant execute on function ops.evaluate_gate(uuid) to service_role, ci_service_role, release_manager;

create function ops_private.tg_keep_gate_truthful() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- a writer may not read what it is judged by
as $$
declare
  v_verdict ops_private.gate_verdict;
begin
  perform ops_private.refuse_other_changes(
    'release_gates', to_jsonb(old), to_jsonb(new),
    'status', 'entered_at', 'resolved_at', 'resolved_by', 'exception_id', 'first_missing'
  );
  if (new.status, new.exception_id, new.first_missing)
    is not distinct from (old.status, old.exception_id, old.first_missing) then
    return new;
  end if;
  select v.* into v_verdict
  from ops_private.judge_release(new.release_id, clock_timestamp(), to_gate => new.gate_code) as v
  where v.gate_id = new.gate_id;
  if new.exception_id is not distinct from old.exception_id then
    new.exception_id := v_verdict.exception_id;
  end if;
  if new.first_missing is not distinct from old.first_missing then
    new.first_missing := v_verdict.first_missing;
  end if;
  if (new.status, new.exception_id, new.first_missing)
    is distinct from (v_verdict.status, v_verdict.exception_id, v_verdict.first_missing) then
    raise exception using errcode = 'OPS01',
      message = format('gate %s cannot be marked %s: it is %s', new.gate_code, new.status, v_verdict.status),
      detail = coalesce((
        select 'missing: ' || string_agg(format('%s (%s)', f.requirement, f.detail), '; ')
        from unnest(v_verdict.findings) as f where f.enforcement = 'blocking' and f.state <> 'satisfied'
      ), 'nothing is missing'),
      hint = 'record the facts it needs, a rejection to stop it, or an exception to go on without';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_keep_gate_truthful() is
  'Before a direct change of a gate: it stays that of its release (OPS05), and its status is the verdict; refuses any other, saying what is missing (OPS01).';
revoke execute on function ops_private.tg_keep_gate_truthful() from public;

create function ops_private.tg_stamp_gate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers here: the writer needs no right
as $$
begin
  if tg_op = 'INSERT' then
    if new.status <> 'pending'
      or num_nonnulls(new.entered_at, new.resolved_at, new.resolved_by, new.exception_id) > 0 then
      raise exception using errcode = 'OPS01', message = 'a gate is born pending',
        hint = 'record facts: its status follows';
    end if;
    new.gate_name := case new.gate_code
      when 'G1' then 'Build Integrity'
      when 'G2' then 'Validation Readiness'
      when 'G3' then 'Promotion Readiness'
      when 'G4' then 'Post-Deploy Operational Confirmation'
    end;
    return new;
  end if;
  if (new.entered_at, new.resolved_at, new.resolved_by)
      is distinct from (old.entered_at, old.resolved_at, old.resolved_by)
    or (new.exception_id is distinct from old.exception_id
      and new.status = old.status and new.status <> 'bypassed') then
    raise exception using errcode = 'OPS01', message = 'when and by whom a gate was resolved is stamped by the server',
      hint = 'set status alone, to what the facts say';
  end if;
  if (new.status, new.exception_id) is not distinct from (old.status, old.exception_id) then
    return new;
  end if;
  new.entered_at := case
    when new.status = 'pending' then null
    when new.status = 'in_progress' and old.status <> 'in_progress' then clock_timestamp()
    else coalesce(old.entered_at, clock_timestamp())
  end;
  new.resolved_at := case when new.status in ('passed', 'failed', 'bypassed') then clock_timestamp() end;
  new.resolved_by := case when new.resolved_at is not null then ops_private.current_actor() end;
  return new;
end
$$;
comment on function ops_private.tg_stamp_gate() is
  'Before insert or update of a gate: it is born pending and gets its name, and its companion columns are stamped when the verdict changes (OPS01 when they were sent).';
revoke execute on function ops_private.tg_stamp_gate() from public;

create trigger _300_keep_gate_truthful before update on ops.release_gates
for each row when (not ops_private.by_definer()) execute function ops_private.tg_keep_gate_truthful();
create trigger _500_stamp_gate before insert or update on ops.release_gates
for each row execute function ops_private.tg_stamp_gate();

create function ops_private.tg_judge_after_fact() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- stores what no role may write
as $$
declare
  v_row constant jsonb := to_jsonb(new);
  v_release_id constant uuid := v_row ->> 'release_id';
  v_from ops.ops_gate_code;
begin
  -- Deployments and their checks move G4; what names a gate moves it and those after it; the rest may move any.
  v_from := case when tg_table_name = 'deployments' then 'G4' else coalesce(
    (select g.gate_code from ops.release_gates g where g.gate_id = (v_row ->> 'gate_id')::uuid), 'G1'
  ) end;
  if tg_table_name = 'gate_checks' and v_row ->> 'deployment_id' is not null then
    perform ops_private.refresh_deployment_health((v_row ->> 'deployment_id')::uuid);
  elsif tg_table_name = 'exceptions' then
    update ops.releases r set excepted = true where r.release_id = v_release_id and not r.excepted;
  end if;
  perform ops_private.refresh_release(ops_private.hold_release(v_release_id), ops_private.gates_of(v_release_id), v_from);
  return null;
end
$$;
comment on function ops_private.tg_judge_after_fact() is
  'After a direct write of a fact: its gate, and those that wait on it, are judged again in the same transaction.';
revoke execute on function ops_private.tg_judge_after_fact() from public;

create function ops_private.refresh_deployment_health(deployment_id uuid) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  update ops.deployments d
  set g4_status = ops_private.deployment_health(d.release_id, d.deployment_id, clock_timestamp())
  where d.deployment_id = refresh_deployment_health.deployment_id
    and d.g4_status <> ops_private.deployment_health(d.release_id, d.deployment_id, clock_timestamp());
end
$$;
comment on function ops_private.refresh_deployment_health(uuid) is
  'Stores the health of a deployment when its checks changed it.';
revoke execute on function ops_private.refresh_deployment_health(uuid) from public;

-- An event is judged once, by ops.ingest_event; these are for what is written directly.
create trigger _900_judge_after_fact after insert on ops.gate_checks
for each row when (not ops_private.by_definer()) execute function ops_private.tg_judge_after_fact();
create trigger _900_judge_after_fact after insert on ops.approvals
for each row when (not ops_private.by_definer()) execute function ops_private.tg_judge_after_fact();
create trigger _900_judge_after_fact after insert on ops.evidence_artifacts
for each row when (new.release_id is not null and not ops_private.by_definer()) execute function ops_private.tg_judge_after_fact();
create trigger _900_judge_after_fact after insert or update on ops.exceptions
for each row execute function ops_private.tg_judge_after_fact();
create trigger _900_judge_after_fact after insert or update on ops.deployments
for each row when (not ops_private.by_definer()) execute function ops_private.tg_judge_after_fact();
