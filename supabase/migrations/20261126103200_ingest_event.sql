-- The main path. Every event takes these six steps in one transaction: admit, dedupe, record, judge, store, answer.

create function ops.ingest_event(envelope jsonb) returns jsonb
-- A definer function: it writes facts and the log, which the caller may not write directly.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  s ops_private.submission;
  r ops_private.recording;
  v_now timestamptz;
  v_error ops_private.failure;
  v_answer jsonb;
begin
  if (current_setting('role') in ('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre')) is not true
    or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    perform ops_private.require_role('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre');
    perform ops_private.refuse_isolation();
  end if;
  begin
    s := ops_private.admit(envelope);
    s := ops_private.dedupe(s);
    if s.outcome is null then
      r := ops_private.record(s);
      if r.touched is not null then
        v_now := greatest(clock_timestamp(), (r.release).recorded_until); -- as ops_private.present
        r.judged := ops_private.judge(r.release, r.touched, v_now, live => true);
        r.release_status := ops_private.store(r.release, r.touched, r.judged, v_now, fact => true);
      end if;
    end if;
    v_answer := ops_private.answer(s, r);
  exception when others then
    get stacked diagnostics
      v_error.state = returned_sqlstate, v_error.message = message_text, v_error.detail = pg_exception_detail,
      v_error.constraint_name = constraint_name, v_error.context = pg_exception_context;
    if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
      raise; -- a retry can succeed, so write no log row
    end if;
    v_answer := ops_private.answer_refused(ops_private.refuse(s, envelope, v_error));
  end;
  return v_answer;
end
$$;
comment on function ops.ingest_event(jsonb) is
  'Records one event; docs/events defines the envelope. Returns {ingest_id, status, error, detail}; status is accepted, duplicate, rejected or error. The log row, the facts and the verdicts are committed together. A retry of an accepted event under the same key gets the first answer as a duplicate. Raises what a retry can solve (40001, 40P01, 55P03, classes 08, 53, 57); OPS03 above read committed; 42501 for a role that may send no events.';
revoke execute on function ops.ingest_event(jsonb) from public;
grant execute on function ops.ingest_event(jsonb) to service_role, ci_service_role, qa_tester, release_manager, sre;

-- Step 1.

create function ops_private.admit(envelope jsonb) returns ops_private.submission
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  s ops_private.submission;
  v_usual constant text := '^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}'
    '([.]([0-9]{3}|[0-9]{6}))?(Z|[+]00:00)$';
  v_emitted text;
  v_sent text;
  v_emitted_at timestamptz;
  v_sent_at timestamptz;
begin
  s.envelope := envelope;
  s.received_at := clock_timestamp();
  if current_setting('role') <> 'service_role' then
    perform ops_private.current_person(); -- raises unless the caller is an active member
  end if;
  s.actor := ops_private.current_actor();
  if jsonb_typeof(envelope -> 'idempotency_key') = 'string' and jsonb_typeof(envelope -> 'event_type') = 'string'
    and jsonb_typeof(envelope -> 'emitted_at') = 'string' then
    s.idempotency_key := envelope ->> 'idempotency_key';
    s.event_type := envelope ->> 'event_type';
    v_emitted := envelope ->> 'emitted_at';
    v_sent := envelope ->> 'sent_at';
    -- Nearly all times are written in the usual way. parse_time reads the others, but costs a subtransaction.
    v_emitted_at := case when v_emitted collate "C" ~ v_usual then v_emitted::timestamptz
      else ops_private.parse_time(v_emitted) end;
    v_sent_at := case when v_sent collate "C" ~ v_usual then v_sent::timestamptz
      when v_sent is not null then ops_private.parse_time(v_sent) end;
    -- The clock of a sender may be wrong. The age of an event by that clock is right, and nothing is observed later.
    s.observed_at := least(s.received_at, v_emitted_at + coalesce(s.received_at - v_sent_at, '0'));
    s.in_time := v_emitted_at <= coalesce(v_sent_at, s.received_at) + interval '5 minutes'
      and (v_sent_at is not null or coalesce(envelope -> 'sent_at', 'null') = 'null');
    -- Try to lock the key before reading. This nearly always succeeds, and then dedupe need not read again.
    s.locked := pg_try_advisory_xact_lock(hashtextextended('key ' || s.idempotency_key, 0));
    s.first := (
      select l from ops.event_ingest_log l
      where l.idempotency_key = s.idempotency_key and l.processing_status = 'accepted'
    );
  end if;
  if (s.first).content is not null and ops_private.is_repeat(s) then
    s.examined := true;
    s.content := (s.first).content;
  else
    s := ops_private.check_event(s);
  end if;
  if s.error is null and (s.actor is null or current_setting('role') <> 'service_role') then
    s := ops_private.check_sender(s);
  end if;
  if s.error is not null then
    s.outcome := 'rejected';
  end if;
  return s;
end
$$;
comment on function ops_private.admit(jsonb) is
  'Step 1: reads the submission, and decides whether it is a valid event that the sender may send. Raises 42501 unless the caller is service_role or an active member.';
revoke execute on function ops_private.admit(jsonb) from public;

create function ops_private.check_event(s ops_private.submission) returns ops_private.submission
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_refusal ops_private.refusal;
  v_gate_code text;
  v_names_gate boolean;
  v_ordinary boolean;
  v_text text;
begin
  if pg_column_size(s.envelope #> '{}') > 262144
    or jsonb_path_exists(s.envelope, 'strict $.** ? (@.type() == "number")')
    or jsonb_path_exists(s.envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    v_refusal := ops_private.unreadable(s.envelope);
  end if;
  if v_refusal.error is null then
    v_text := s.envelope::text;
    -- Most texts have none of these marks. The others are looked at one by one (ops_private.has_secret). Escapes,
    -- percent codes and colours can stand before a key.
    if v_text collate "C" ~ ('([^A-Za-z0-9]|\\[bfnrt]|\\u[0-9a-f]{4}|%[0-9A-F]{2}|%[0-9a-f]{2}|\[[0-9;]*m)'
        '(A[KS]IA|ABIA|ACCA|gh[oprsu]_|github_pat_'
        '|gl(agent|cbt|dt|ft|pat|ptt|rt|soat)-|xox|xapp-|[rs]k_(live|test)_|whsec_|AIza|GOCSPX-|ya29\.|npm_|pypi-'
        '|dckr_|sk-|SG\.|sb_secret_|sbp_|hv[bs]\.|do[opr]_v1_|hf_|dapi|shp(at|ca|pa|ss)_|ATATT3)'
        '|\.eyJ|PRIVATE KEY|%3[Aa]%2[Ff]%2[Ff]|hooks\.slack|/api/webhooks/|webhook\.office|api\.telegram')
      or v_text like '%://%@%' or v_text like '%://%=%' then
      v_refusal := ops_private.holding_secret(s.envelope);
    end if;
  end if;
  if v_refusal.error is null then
    select t.gate_code::text, t.names_gate, s.envelope @@ t.pattern into v_gate_code, v_names_gate, v_ordinary
    from ops_private.event_types t where t.event_type = s.event_type;
    s.content := ops_private.canonical_content(s.envelope, s.actor, v_names_gate);
    if (
      v_ordinary and s.in_time
      and split_part(s.idempotency_key, '/', 1) = s.envelope ->> 'source_system'
      and split_part(s.idempotency_key, '/', 3) = s.event_type and octet_length(s.idempotency_key) <= 255
      -- In a payload of this size no text is too long. No constraint checks names of people: check their length here.
      and pg_column_size(s.envelope -> 'payload') <= 8192
      and octet_length(concat(s.envelope #>> '{payload,approver_id}', s.envelope #>> '{payload,deployed_by}')) <= 255
      and coalesce(translate(s.envelope ->> 'release_id', '123456789abcdefABCDEF', '000000000000000000000')
        = '00000000-0000-0000-0000-000000000000', true)
      and s.envelope - array['schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id',
        'gate_code', 'payload', 'emitted_at', 'sent_at'] = '{}'
    ) is not true then
      v_refusal := ops_private.malformed(s.envelope);
      s.examined := true;
    end if;
  end if;
  if v_refusal.error is null then
    s.gate_code := (case when v_names_gate then s.envelope ->> 'gate_code' else v_gate_code end)::ops.ops_gate_code;
  else
    s.examined := true;
    s.error := v_refusal.error;
    s.detail := v_refusal.detail;
  end if;
  return s;
end
$$;
comment on function ops_private.check_event(ops_private.submission) is
  'Checks whether a submission is an event as docs/events defines it, in this order: size and JSON, secrets, version, shape. Also computes its canonical content. An ordinary event only needs its pattern and a few conditions; constraints of the tables check lengths. If such an event is refused later, ops_private.examine checks every field.';
revoke execute on function ops_private.check_event(ops_private.submission) from public;

-- Step 2.

create function ops_private.dedupe(s ops_private.submission) returns ops_private.submission
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if s.outcome is not null then
    return s;
  elsif not s.locked and (s.first).ingest_id is null then
    -- Take the key's lock before reading: nobody else can insert this key after that.
    perform pg_advisory_xact_lock(hashtextextended('key ' || s.idempotency_key, 0));
    s.first := (
      select l from ops.event_ingest_log l
      where l.idempotency_key = s.idempotency_key and l.processing_status = 'accepted'
    );
  end if;
  if (s.first).content = s.content and current_setting('role') <> 'service_role'
    and not ops_private.sees((s.first).project) then
    s.outcome := 'rejected'; -- the sender was moved out of the project meanwhile
    s.error := 'unknown_release';
    s.detail := '{}';
  elsif (s.first).content = s.content then
    s.outcome := 'duplicate';
  elsif (s.first).ingest_id is not null then
    s.outcome := 'rejected';
    s.error := 'idempotency_key_reused';
    s.detail := case when (s.first).content ->> 'caller' = s.actor then jsonb_build_object(
      'field', ops_private.differing_field((s.first).content, s.content)) else '{}' end;
  end if;
  return s;
end
$$;
comment on function ops_private.dedupe(ops_private.submission) is
  'Step 2: decides whether an event with this key was accepted before. With the same canonical content the submission is a duplicate and gets the first answer. With other content it is refused (idempotency_key_reused). Simultaneous submissions of one key wait here; the later ones find the accepted row.';
revoke execute on function ops_private.dedupe(ops_private.submission) from public;

-- Step 3. Steps 4 and 5 are ops_private.judge and ops_private.store.

create function ops_private.follow_up(s ops_private.submission, r ops_private.recording, artifacts integer)
returns ops_private.recording
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if artifacts > 0 then
    r.detail := r.detail || jsonb_build_object('artifacts', artifacts);
    update ops.releases release set has_artifacts = true
    where release.release_id = (r.release).release_id and not release.has_artifacts;
    r.release.has_artifacts := true;
  end if;
  if (r.release).contested then
    perform ops_private.end_contested((r.release).release_id, s);
  end if;
  return r;
end
$$;
comment on function ops_private.follow_up(ops_private.submission, ops_private.recording, integer) is
  'What the facts of an event change on their release beside the verdicts: a build that names artifacts marks it, and contested reports that the event heals or answers end.';
revoke execute on function ops_private.follow_up(
  ops_private.submission, ops_private.recording, integer
) from public;

create function ops_private.record(s ops_private.submission) returns ops_private.recording
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  r ops_private.recording;
  v_gate_id uuid;
  v_recorded ops_private.recorded;
  v_now timestamptz;
  v_evidence constant jsonb := nullif(s.envelope -> 'payload' -> 'evidence', 'null');
begin
  r.touched := s.gate_code;
  if s.envelope ->> 'release_id' is not null then
    if s.event_type = 'gate_signoff' and s.envelope #>> '{payload,seen}' is not null then
      perform ops_private.hold_seen((s.envelope ->> 'release_id')::uuid, s.envelope #>> '{payload,seen}');
    end if;
    -- Takes the same lock as ops_private.hold_release.
    select release, (
      select g.gate_id from ops.release_gates g where g.release_id = release.release_id and g.gate_code = s.gate_code
    ) into r.release, v_gate_id
    from ops.releases release
    where release.release_id = (s.envelope ->> 'release_id')::uuid
      and (current_setting('role') = 'service_role' or ops_private.sees(release.project)) for no key update;
    if current_setting('role') <> 'service_role' then
      perform ops_private.require_sight((r.release).project);
    end if;
    -- Give the facts of the event their moment. Builds and sign-offs pass it on, and ops_private.store writes it. The
    -- other facts, and the ends of contested reports, are stamped from the row of the release.
    v_now := clock_timestamp();
    if s.event_type in ('build_complete', 'gate_signoff') and not (r.release).contested
      and v_now > (r.release).recorded_until and v_now >= transaction_timestamp() then
      r.release.recorded_until := v_now;
    else
      r.release.recorded_until := ops_private.next_moment((r.release).release_id);
    end if;
  end if;
  if v_gate_id is null or (r.release).closed_at is not null then
    perform ops_private.refuse_record(s, r.release, v_gate_id);
  end if;
  -- One branch for each type. A dynamic call by name would cost as much as writing the rows.
  case s.event_type
    when 'build_complete' then
      v_recorded := ops_private.record_build_complete(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'gate_signoff' then
      v_recorded := ops_private.record_gate_signoff(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'deployment_event' then
      v_recorded := ops_private.record_deployment_event(s.envelope, s.observed_at, r.release);
    when 'health_check' then
      v_recorded := ops_private.record_health_check(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'environment_event' then
      r.project := ops_private.project_of_event(s.envelope #>> '{payload,project}', r.release);
      v_recorded := ops_private.record_environment_event(s.envelope, s.observed_at, r.release, r.project);
  end case;
  r.detail := v_recorded.detail;
  if v_recorded.artifacts > 0 or (r.release).contested then
    r := ops_private.follow_up(s, r, v_recorded.artifacts);
  end if;
  if v_recorded.evidence is not null then
    insert into ops.evidence_artifacts (
      release_id, gate_id, check_id, deployment_id, approval_id, artifact_type, source_system, artifact_url, sha256,
      observed_at, metadata, project, created_at
    ) select
      (r.release).release_id, v_gate_id, v_recorded.check_id, v_recorded.deployment_id, v_recorded.approval_id,
      (e.value ->> 'artifact_type')::ops.ops_artifact_type, (s.envelope ->> 'source_system')::ops.ops_source_system,
      e.value ->> 'artifact_url', lower(e.value ->> 'sha256'), s.observed_at,
      e.value - array['artifact_type', 'artifact_url', 'sha256'], (r.release).project,
      (r.release).recorded_until
    from jsonb_array_elements(v_evidence) as e;
    r.detail := r.detail || jsonb_build_object(
      'evidence', v_recorded.evidence + coalesce(jsonb_array_length(v_evidence), 0));
  end if;
  return r;
end
$$;
comment on function ops_private.record(ops_private.submission) is
  'Step 3: locks the release and writes the facts of an event, by the function of its type, and its evidence[]. Refuses unknown_release, unknown_gate and release_closed. Unknown fields of the payload are stored as metadata.';
revoke execute on function ops_private.record(ops_private.submission) from public;

-- Step 6.

create function ops_private.answer(s ops_private.submission, r ops_private.recording) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release_id constant uuid := (r.release).release_id;
  v_verdict ops_private.gate_verdict;
  v_before ops.release_gates;
  v_after ops.release_gates;
  v_change jsonb;
  v_moved jsonb := '[]'::jsonb;
  v_detail jsonb := r.detail;
  v_ingest_id uuid;
begin
  if s.error is not null then
    return ops_private.answer_refused(s);
  elsif s.outcome = 'duplicate' then
    return ops_private.answer_duplicate(s);
  elsif r.touched is not null then
    foreach v_verdict in array (r.judged).verdicts loop
      v_before := v_verdict.stored;
      v_after := v_verdict.gate;
      v_change := jsonb_build_object(
        'gate_code', v_after.gate_code, 'status_before', v_before.status, 'status_after', v_after.status);
      if v_after.status <> v_before.status then
        v_moved := v_moved || v_change;
      end if;
      if v_after.gate_code = r.touched then
        v_detail := v_detail || jsonb_build_object('gate', v_change || jsonb_build_object(
          'gate_id', v_after.gate_id, 'missing', case when v_after.first_missing is null then '[]'
            else ops_private.what_is_missing(v_verdict.findings) end));
        if r.detail ? 'approval_id' and v_after.first_missing is not null and ops_private.is_outdated(r.detail) then
          v_detail := v_detail || jsonb_build_object('counts', false);
        end if;
      end if;
    end loop;
    v_detail := v_detail || jsonb_build_object(
      'moved', v_moved, 'release_id', v_release_id, 'release_status', r.release_status);
  end if;
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, content, received_at, processing_status,
    result, release_id, project, caller_role
  ) values (
    s.envelope ->> 'source_system', s.event_type, s.idempotency_key, s.envelope ->> 'schema_version',
    encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex'), s.content, s.received_at, 'accepted',
    v_detail, v_release_id, coalesce((r.release).project, r.project), current_setting('role')
  ) on conflict do nothing returning ingest_id into v_ingest_id;
  if v_ingest_id is null then
    -- Somebody inserted this key without taking its lock. Roll back; the next try finds that row.
    raise exception using errcode = '40001', message = 'another submission with this key was accepted at the same time',
      hint = 'send the event again; the answer is a duplicate, or a refusal when the content differs';
  end if;
  return jsonb_build_object('ingest_id', v_ingest_id, 'status', 'accepted', 'detail', v_detail);
end
$$;
comment on function ops_private.answer(ops_private.submission, ops_private.recording) is
  'Step 6: writes the log row of a submission and returns the answer: {ingest_id, status, error, detail}. Answers to accepted events and duplicates have no error.';
revoke execute on function ops_private.answer(ops_private.submission, ops_private.recording) from public;

create function ops_private.canonical_content(envelope jsonb, actor text, names_gate boolean) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release constant text := envelope ->> 'release_id';
  v_approver constant text := envelope -> 'payload' ->> 'approver_id';
  v_source_ref constant text := envelope -> 'payload' ->> 'source_ref';
  v_content jsonb;
begin
  if (jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'payload') = 'object') is not true then
    return null;
  end if;
  -- When the type implies the gate, an event with the gate equals one without it.
  v_content := jsonb_strip_nulls(
      envelope - array['schema_version', 'idempotency_key', 'emitted_at', 'sent_at', 'gate_code'])
    || jsonb_build_object('caller', actor);
  if names_gate and v_approver is not null then
    v_content := v_content || jsonb_strip_nulls(jsonb_build_object('gate_code', envelope -> 'gate_code'));
    v_content := jsonb_set(v_content, '{payload,approver_id}',
      to_jsonb(coalesce((ops_private.member_named(v_approver)).recorded_as, ops_private.trim_name(v_approver))));
  end if;
  if names_gate then
    -- What somebody looked at is no part of what they decided: it is new at each try.
    v_content := v_content #- '{payload,seen}';
  end if;
  if v_release <> lower(v_release collate "C") then
    v_content := jsonb_set(v_content, '{release_id}', to_jsonb(lower(v_release collate "C")));
  end if;
  if v_source_ref <> lower(v_source_ref collate "C") then
    v_content := jsonb_set(v_content, '{payload,source_ref}', to_jsonb(ops_private.source_ref_of(v_source_ref)));
  end if;
  if jsonb_path_exists(v_content, 'strict $.** ? (@.type() == "number")') and v_content::text ~ '\.\d*0([^\d]|$)' then
    v_content := ops_private.trim_numbers(v_content);
  end if;
  return v_content;
end
$$;
comment on function ops_private.canonical_content(jsonb, text, boolean) is
  'What must be equal for two submissions to be the same event: type, source, release, gate, payload and caller, with people resolved. Nulls, emitted_at, seen, key order, trailing zeros and the case of a UUID make no difference. Null when the envelope or payload is not an object.';
revoke execute on function ops_private.canonical_content(jsonb, text, boolean) from public;
