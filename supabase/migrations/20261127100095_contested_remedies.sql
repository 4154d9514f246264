-- What to do about a contested report: who can correct one that cannot be read, and what else ends it.

create function ops_private.may_be_key(idempotency_key text, event_type text, role text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_source constant text := split_part(may_be_key.idempotency_key, '/', 1);
begin
  return (may_be_key.idempotency_key ~ '^[!-.0-~]+/[!-.0-~]+/[!-.0-~]+(/[!-.0-~]+)*$'
    and split_part(may_be_key.idempotency_key, '/', 3) = may_be_key.event_type
    and case when v_source = any (enum_range(null::ops.ops_source_system)::text[])
      then ops_private.may_send_source(v_source::ops.ops_source_system, may_be_key.role) end) is true;
end
$$;
comment on function ops_private.may_be_key(text, text, text) is
  'Whether somebody in a role may send an event of this type under this key, by the form of the key. It says nothing about who has it.';
revoke execute on function ops_private.may_be_key(text, text, text) from public;

create function ops_private.next_attempt(idempotency_key text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_plain constant text := ops_private.plain_key(next_attempt.idempotency_key);
begin
  return format('%s/~%s', regexp_replace(v_plain, '/~[0-9]+$', ''),
    coalesce(substring(v_plain from '/~([0-9]+)$'), '1')::numeric + 1);
end
$$;
comment on function ops_private.next_attempt(text) is
  'The idempotency key of the next attempt: /~2 behind one without a number, otherwise one more.';
revoke execute on function ops_private.next_attempt(text) from public;

create function ops_private.may_be_dismissed(c ops.contested_reports) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return not exists (
    select from ops_private.requirements_in_force n
    where n.release_id = c.release_id and n.kind = 'check' and n.subject = c.check_name
  );
end
$$;
comment on function ops_private.may_be_dismissed(ops.contested_reports) is
  'Whether policy does not ask for the check of a contested report by name: what it asks for is never dismissed.';
revoke execute on function ops_private.may_be_dismissed(ops.contested_reports) from public;

create function ops_private.key_of_correction(c ops.contested_reports) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text := case when ops_private.may_be_key(c.idempotency_key, c.event_type, c.created_role)
    then c.idempotency_key end;
begin
  for attempt in 1..10 loop
    exit when not exists (
      select from ops.event_ingest_log l where l.idempotency_key = v_key and l.processing_status = 'accepted');
    v_key := ops_private.next_attempt(v_key);
  end loop;
  return case when octet_length(v_key) <= 255 then v_key end;
end
$$;
comment on function ops_private.key_of_correction(ops.contested_reports) is
  'The idempotency key under which the sender of a contested report can correct it: its own, or where that is taken the one of a later attempt. Null when no event of theirs can have it.';
revoke execute on function ops_private.key_of_correction(ops.contested_reports) from public;

create function ops_private.ways_of_unreadable(
  c ops.contested_reports, as_of timestamptz, out who text, out remedy text
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_here constant boolean := c.created_role = 'service_role'
    or ops_private.held_at(c.created_by, c.created_role, c.project, ways_of_unreadable.as_of);
  v_objects constant boolean := c.event_type = 'gate_signoff' and not ops_private.is_by_machine(c);
  v_key constant text := case when v_here then ops_private.key_of_correction(c) end;
begin
  -- Only its sender can correct it. People end their own objection also by a new decision, and nobody else does while
  -- they are members.
  who := case when v_here and v_objects or v_key is not null then c.created_role else 'release_manager' end;
  remedy := concat_ws('; or ',
    format('correct the refused event, and send it again as %s under the key ', c.created_by) || v_key,
    case
      when v_here and v_objects and c.created_role = 'qa_tester' then 'decide on G2'
      when v_here and v_objects then 'decide on the release as a whole'
      when ops_private.may_be_dismissed(c) then 'have a release manager dismiss the report'
      when v_key is null then 'have a release manager open an exception for the gate' end);
end
$$;
comment on function ops_private.ways_of_unreadable(ops.contested_reports, timestamptz) is
  'Who can end a contested report that cannot be read, and how: its sender, while they are a member, by a correction, where an event of theirs can have its key; a person by deciding again; otherwise a release manager by a dismissal, or, where policy asks for its check by name, by an exception.';
revoke execute on function ops_private.ways_of_unreadable(ops.contested_reports, timestamptz) from public;

create or replace function ops_private.find_contested(contested ops_private.contested, as_of timestamptz)
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
      'have a machine report that check %s passes for that deployment, or deploy again and have it report that one healthy',
      c.check_name);
  else
    v_what := v_place;
    f.remedy :=
      'report that it succeeded after all, or deploy again and have a machine report that one healthy';
  end if;
  if ops_private.is_unreadable(c) then
    select w.who, w.remedy into f.who, f.remedy from ops_private.ways_of_unreadable(c, as_of) as w;
  elsif not ops_private.is_on_record(c) then
    f.remedy := f.remedy || case when ops_private.may_be_dismissed(c)
      then '; or have a release manager dismiss the report' else '; or have a release manager open an exception' end;
  end if;
  f.requirement := 'no refused report of a failure or an objection';
  f.detail := format('%s: %s, in a report that was refused with %s', v_what, c.status, c.error_code);
  return f;
end
$$;
comment on function ops_private.find_contested(ops_private.contested, timestamptz) is
  'The finding on a contested report that stands: always blocking and failed. One that cannot be read waits for its sender, or for a release manager where they cannot correct it (ops_private.ways_of_unreadable). Of an objection in the name of somebody who did not hold the persona in the project at that moment, the remedy is a dismissal alone. Only the remedy and who depend on that, never a verdict.';
