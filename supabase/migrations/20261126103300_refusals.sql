-- The log also has a row for each refusal: those of ops.ingest_event, and those that the edge function makes before it
-- calls SQL.

create function ops_private.refuse_record(s ops_private.submission, release ops.releases, gate_id uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if release.release_id is null and s.envelope ->> 'release_id' is not null then
    perform ops_private.refuse_event('unknown_release', '{"hint": "name the id that ops-gates open prints"}');
  elsif release.closed_at is not null and (
    s.event_type = 'build_complete' and s.envelope #>> '{payload,status}' = 'pass'
    or s.event_type = 'gate_signoff' and not exists (select from ops_private.stops_in(s.envelope))
  ) then
    perform ops_private.refuse_event('release_closed', jsonb_build_object(
      'closed_at', release.closed_at, 'closed_by', release.closed_by, 'close_reason', release.close_reason));
  elsif gate_id is null and s.gate_code is not null then
    perform ops_private.refuse_event('unknown_gate', jsonb_build_object('gate_code', s.gate_code));
  end if;
end
$$;
comment on function ops_private.refuse_record(ops_private.submission, ops.releases, uuid) is
  'Refuses an event whose release or gate does not exist (unknown_release, unknown_gate), and an approval of a closed release, or a build of it that passes, whatever its checks say (release_closed). The checks that failed in it are stops of a refused event.';
revoke execute on function ops_private.refuse_record(ops_private.submission, ops.releases, uuid) from public;

create function ops_private.refuse(s ops_private.submission, envelope jsonb, failure ops_private.failure)
returns ops_private.submission
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  s.envelope := refuse.envelope;
  s.received_at := coalesce(s.received_at, clock_timestamp());
  s.outcome := 'rejected';
  if failure.state = 'OPS20' then
    s.error := failure.message;
    s.detail := failure.detail::jsonb;
  elsif failure.state in ('OPS06', '42501') then
    s.error := 'forbidden_event';
    s.detail := (case failure.state when 'OPS06'
      then '{"reason": "the person named is not an active member with the role given", "field": "payload.approver_id"}'
      else '{"reason": "you are no active member with the role of your token"}' end)::jsonb;
  else
    s.outcome := 'error';
    s.error := 'internal_error';
    s.detail := jsonb_build_object(
      'sqlstate', failure.state, 'constraint', failure.constraint_name, 'where', left(failure.context, 2000));
  end if;
  return s;
end
$$;
comment on function ops_private.refuse(ops_private.submission, jsonb, ops_private.failure) is
  'The result of a submission whose recording raised an exception and was rolled back. OPS20 (ops_private.refuse_event): refused with its code. OPS06 or 42501: forbidden_event. Any other exception: internal_error.';
revoke execute on function ops_private.refuse(ops_private.submission, jsonb, ops_private.failure) from public;

create function ops_private.examine(s ops_private.submission) returns ops_private.submission
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_refusal ops_private.refusal;
begin
  if s.examined is not true then
    v_refusal := ops_private.unreadable(s.envelope);
    if v_refusal.error is null then
      v_refusal := ops_private.malformed(s.envelope);
    end if;
    if v_refusal.error is not null then
      s.outcome := 'rejected';
      s.error := v_refusal.error;
      s.detail := v_refusal.detail;
    end if;
  end if;
  return s;
end
$$;
comment on function ops_private.examine(ops_private.submission) is
  'Checks every field of a refused submission whose fields were not all checked before. If that finds issues, they replace the earlier reason, because they are more exact.';
revoke execute on function ops_private.examine(ops_private.submission) from public;

create function ops_private.log_refusal(
  envelope jsonb, content jsonb, payload_hash text, received_at timestamptz, outcome ops.ops_processing_status,
  error text, detail jsonb
) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_ingest_id constant uuid := ops_private.new_id();
  v_contested constant jsonb := ops_private.contest(envelope, content, log_refusal.received_at, error, v_ingest_id);
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r
  where r.release_id = ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'))
    and ops_private.sees(r.project);
  insert into ops.event_ingest_log (
    ingest_id, source_system, event_type, idempotency_key, schema_version, payload_hash, received_at,
    processing_status, error_code, error_detail, release_id, project, caller_role
  ) values (
    v_ingest_id, ops_private.loggable(envelope -> 'source_system'), ops_private.loggable(envelope -> 'event_type'),
    ops_private.loggable(envelope -> 'idempotency_key'), ops_private.loggable(envelope -> 'schema_version'),
    payload_hash, log_refusal.received_at, outcome, error, detail || coalesce(v_contested, '{}'),
    v_release.release_id, coalesce(v_release.project, ops_private.own_project(null)), ops_private.caller_role()
  );
  -- Only the log has the details of an unexpected error.
  return jsonb_build_object(
    'ingest_id', v_ingest_id, 'status', outcome, 'error', error,
    'detail', case outcome when 'error' then '{}' else detail end || coalesce(v_contested, '{}'));
end
$$;
comment on function ops_private.log_refusal(
  jsonb, jsonb, text, timestamptz, ops.ops_processing_status, text, jsonb
) is
  'Writes the log row of a refused submission, whatever its envelope contains, and a contested report for each stop in it. Returns the answer with the reason.';
revoke execute on function ops_private.log_refusal(
  jsonb, jsonb, text, timestamptz, ops.ops_processing_status, text, jsonb
) from public;

create function ops_private.answer_refused(s ops_private.submission) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  s := ops_private.examine(s);
  return ops_private.log_refusal(
    s.envelope, s.content, encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex'), s.received_at, s.outcome,
    s.error, s.detail);
end
$$;
comment on function ops_private.answer_refused(ops_private.submission) is
  'Examines a refused submission, logs it and returns the answer with the reason.';
revoke execute on function ops_private.answer_refused(ops_private.submission) from public;

create function ops.record_refusal(refusal jsonb) returns jsonb
-- A definer function, because most roles may not write the log.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  v_error text;
  v_outcome ops.ops_processing_status;
  v_detail jsonb;
  v_envelope constant jsonb := refusal - array['error', 'detail', 'payload_hash'];
begin
  perform ops_private.require_any_role();
  -- Check the size before anything is read as text. Of the payload only short texts are read, and nothing is stored.
  if not ops_private.is_storable(refusal - array['detail', 'payload']) then
    raise exception using errcode = '22023', message = 'this refusal is too large, or holds a number that is too large',
      hint = 'send at most 256 KiB of JSON';
  end if;
  v_error := ops_private.short_text(refusal -> 'error');
  v_outcome := case v_error when 'internal_error' then 'error'::ops.ops_processing_status else 'rejected' end;
  -- The edge function knows only that Postgres said no. Who may send the event is known here.
  v_detail := case
    when v_error = 'forbidden_event' then ops_private.refused_sender(v_envelope)
    when jsonb_typeof(refusal -> 'detail') = 'object' then refusal -> 'detail' else '{}' end;
  -- A role that may send nothing shall not fill the log.
  if not ops_private.is_storable(v_detail)
    or current_setting('role') in ('developer', 'audit_reader') and pg_column_size(v_detail) > 4096
    or ops_private.holds_secret(v_detail) then
    v_detail := '{}';
  end if;
  if (
    v_error in (
      'invalid_json', 'invalid_envelope', 'invalid_payload', 'secret_in_payload', 'payload_too_large',
      'unsupported_schema_version', 'forbidden_event', 'internal_error'
    )
    and (coalesce(refusal -> 'payload_hash', 'null') = 'null'
      or ops_private.short_text(refusal -> 'payload_hash') ~ '^([0-9a-f]{64})?$')
  ) is not true then
    raise exception using errcode = '22023', message = 'the edge function makes no such refusal',
      hint = 'send events to the edge function or to ops.ingest_event';
  end if;
  return ops_private.log_refusal(
    v_envelope, null, nullif(refusal ->> 'payload_hash', ''), clock_timestamp(), v_outcome, v_error, v_detail);
end
$$;
comment on function ops.record_refusal(jsonb) is
  'Logs a refusal that the edge function makes before it calls ops.ingest_event. refusal: {error, detail, payload_hash, and the fields of the envelope that could be read, the payload too: a stop in it becomes a contested report}. The detail of forbidden_event is not taken from it: it says who may send the event. Returns the same answer as ops.ingest_event. 22023: the edge function does not use that error code, payload_hash is not 64 hex digits, or the refusal is too large. Of a developer or an audit_reader at most 4 KiB of detail are kept.';
revoke execute on function ops.record_refusal(jsonb) from public;
grant execute on function ops.record_refusal(jsonb) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
