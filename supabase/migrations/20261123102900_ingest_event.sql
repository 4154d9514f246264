-- The spine: event -> facts -> findings -> verdicts -> answer, in one transaction.

create function ops_private.answer_refused(ingest_id uuid, error text, detail jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'ingest_id', ingest_id, 'status', ops_private.refusal_status(error), 'error', error, 'detail', detail);
end
$$;
comment on function ops_private.answer_refused(uuid, text, jsonb) is
  'The body that a refused submission is answered with: {ingest_id, status, error, detail}. Others have no error.';
revoke execute on function ops_private.answer_refused(uuid, text, jsonb) from public;

create function ops_private.apply_event(envelope jsonb, observed_at timestamptz) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_type constant text := envelope ->> 'event_type';
  v_release ops.releases;
  v_gates ops.release_gates[];
  v_gate ops.release_gates;
  v_detail jsonb;
begin
  if v_type = 'environment_event' and envelope ->> 'release_id' is null then
    return ops_private.apply_environment_event(envelope, apply_event.observed_at);
  end if;
  v_release := ops_private.hold_release((envelope ->> 'release_id')::uuid);
  if v_release.release_id is null then
    perform ops_private.refuse_event('unknown_release', '{"hint": "open the release with ops.open_release first"}');
  end if;
  if v_type = 'environment_event' then
    return ops_private.apply_environment_event(envelope, apply_event.observed_at)
      || jsonb_build_object('release_id', v_release.release_id);
  end if;
  v_gates := ops_private.gates_of(v_release.release_id);
  v_gate := v_gates[right(coalesce(ops_private.implied_gate(v_type), envelope ->> 'gate_code'), 1)::integer];
  if v_gate.gate_id is null then
    perform ops_private.refuse_event('unknown_gate', jsonb_build_object('gate_code', envelope ->> 'gate_code'));
  end if;
  if v_type = 'build_complete' then
    v_detail := ops_private.apply_build_complete(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  elsif v_type = 'gate_signoff' then
    v_detail := ops_private.apply_gate_signoff(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  elsif v_type = 'deployment_event' then
    v_detail := ops_private.apply_deployment_event(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  elsif v_type = 'health_check' then
    v_detail := ops_private.apply_health_check(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  end if;
  return v_detail || ops_private.describe_verdicts(
    v_release.release_id, v_gate.gate_code, v_gates, ops_private.refresh_release(v_release, v_gates, v_gate.gate_code));
end
$$;
comment on function ops_private.apply_event(jsonb, timestamptz) is
  'Writes the facts of a checked event behind the release''s lock, judges the gates it touches once, and returns the detail of the answer.';
revoke execute on function ops_private.apply_event(jsonb, timestamptz) from public;

create function ops_private.describe_verdicts(
  release_id uuid, touched ops.ops_gate_code, before ops.release_gates[], after ops_private.release_verdict
) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_verdict ops_private.gate_verdict;
  v_finding ops.gate_finding;
  v_before ops.ops_gate_status;
  v_change jsonb;
  v_gate jsonb;
  v_missing jsonb := '[]';
  v_moved jsonb := '[]';
begin
  foreach v_verdict in array after.gates loop
    v_before := before[right(v_verdict.gate_code::text, 1)::integer].status;
    v_change := jsonb_build_object(
      'gate_code', v_verdict.gate_code, 'status_before', v_before, 'status_after', v_verdict.status);
    if v_verdict.status <> v_before then
      v_moved := v_moved || v_change;
    end if;
    if v_verdict.gate_code = touched then
      if v_verdict.first_missing is not null then
        foreach v_finding in array v_verdict.findings loop
          if v_finding.enforcement = 'blocking' and v_finding.state <> 'satisfied' then
            v_missing := v_missing || (to_jsonb(v_finding) - array['gate_id', 'gate_code']);
          end if;
        end loop;
      end if;
      v_gate := v_change || jsonb_build_object('gate_id', v_verdict.gate_id, 'missing', v_missing);
    end if;
  end loop;
  return jsonb_build_object(
    'gate', v_gate, 'moved', v_moved, 'release_id', release_id, 'release_status', after.release_status);
end
$$;
comment on function ops_private.describe_verdicts(uuid, ops.ops_gate_code, ops.release_gates[], ops_private.release_verdict) is
  'What an event did to a release: its status, the touched gate with its status before and after and what is still missing, and every gate that moved.';
revoke execute on function ops_private.describe_verdicts(
  uuid, ops.ops_gate_code, ops.release_gates[], ops_private.release_verdict
) from public;

create function ops_private.log_acceptance(envelope jsonb, content jsonb, result jsonb, received_at timestamptz) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_ingest_id uuid;
begin
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, content, received_at, processing_status,
    result, release_id, caller_role
  ) values (
    envelope ->> 'source_system', envelope ->> 'event_type', envelope ->> 'idempotency_key',
    envelope ->> 'schema_version', ops_private.content_hash(content), content, log_acceptance.received_at, 'accepted',
    result, (result ->> 'release_id')::uuid, current_setting('role')
  ) returning ingest_id into v_ingest_id;
  return v_ingest_id;
end
$$;
comment on function ops_private.log_acceptance(jsonb, jsonb, jsonb, timestamptz) is
  'Writes the log row of an event that was accepted, and returns its ingest_id.';
revoke execute on function ops_private.log_acceptance(jsonb, jsonb, jsonb, timestamptz) from public;

create function ops_private.log_refusal(
  envelope jsonb, payload_hash text, error text, detail jsonb, received_at timestamptz
) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_ingest_id uuid;
begin
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, received_at,
    processing_status, error_code, error_detail, release_id, caller_role
  ) values (
    ops_private.short_text(envelope -> 'source_system'), ops_private.short_text(envelope -> 'event_type'),
    ops_private.short_text(envelope -> 'idempotency_key'), ops_private.short_text(envelope -> 'schema_version'),
    payload_hash, log_refusal.received_at, ops_private.refusal_status(error), error, detail,
    (
      select r.release_id from ops.releases r
      where r.release_id = ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'))
    ),
    ops_private.caller_role()
  ) returning ingest_id into v_ingest_id;
  return v_ingest_id;
end
$$;
comment on function ops_private.log_refusal(jsonb, text, text, jsonb, timestamptz) is
  'Writes the log row of a refused submission, whatever its envelope looks like, and returns its ingest_id.';
revoke execute on function ops_private.log_refusal(jsonb, text, text, jsonb, timestamptz) from public;

create function ops_private.short_text(value jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case when jsonb_typeof(value) = 'string' and octet_length(value #>> '{}') <= 255 then value #>> '{}' end;
end
$$;
comment on function ops_private.short_text(jsonb) is 'A JSON string of at most 255 bytes as text; null for anything else.';
revoke execute on function ops_private.short_text(jsonb) from public;

create function ops_private.is_retry(
  first ops.event_ingest_log, envelope jsonb, actor text, observed_at timestamptz, received_at timestamptz
) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Canonical content needs no making here: what is left of the envelope is as it was when that was accepted.
  return (
    first.content - 'gate_code' = (
      (envelope - array['schema_version', 'idempotency_key', 'emitted_at', 'gate_code'])
      || jsonb_build_object('caller', actor)
    )
    and case when coalesce(envelope -> 'gate_code', 'null') = 'null' then first.content -> 'gate_code' is null
      else envelope -> 'gate_code' = coalesce(
        first.content -> 'gate_code', to_jsonb(ops_private.implied_gate(first.event_type))) end
    and envelope -> 'schema_version' = '"v1.0"' and observed_at <= received_at + interval '5 minutes'
  ) is true;
end
$$;
comment on function ops_private.is_retry(ops.event_ingest_log, jsonb, text, timestamptz, timestamptz) is
  'Whether an object is what was accepted first, sent by the same caller again, word for word but for when. False says nothing: then ops_private.ingest_once compares what they mean.';
revoke execute on function ops_private.is_retry(
  ops.event_ingest_log, jsonb, text, timestamptz, timestamptz
) from public;

create function ops_private.answer_again(first ops.event_ingest_log, received_at timestamptz) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, received_at, processing_status,
    duplicate_of, result, release_id, caller_role
  ) values (
    first.source_system, first.event_type, first.idempotency_key, first.schema_version, first.payload_hash,
    answer_again.received_at, 'duplicate', first.ingest_id, first.result, first.release_id, current_setting('role')
  );
  return jsonb_build_object('ingest_id', first.ingest_id, 'status', 'duplicate', 'detail', first.result);
end
$$;
comment on function ops_private.answer_again(ops.event_ingest_log, timestamptz) is
  'Logs a retry of an accepted event, and answers what it was answered the first time.';
revoke execute on function ops_private.answer_again(ops.event_ingest_log, timestamptz) from public;

create function ops_private.ingest_once(
  envelope jsonb, content jsonb, actor text, observed_at timestamptz, received_at timestamptz,
  first ops.event_ingest_log, queued boolean
) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_key constant text := envelope ->> 'idempotency_key';
  v_event constant boolean := ops_private.check_event(envelope, ingest_once.observed_at);
  v_sender constant boolean := ops_private.check_sender(envelope, actor);
  v_detail jsonb;
begin
  if first.ingest_id is null and queued is not true then
    -- Retries of one key queue up here; the losers find the accepted row.
    perform pg_advisory_xact_lock(hashtextextended(v_key, 0));
    first := ops_private.accepted_under(v_key);
  end if;
  if first.ingest_id is null then
    v_detail := ops_private.apply_event(envelope, ingest_once.observed_at);
    return jsonb_build_object(
      'ingest_id', ops_private.log_acceptance(envelope, content, v_detail, ingest_once.received_at),
      'status', 'accepted', 'detail', v_detail);
  elsif first.content is distinct from content then
    perform ops_private.refuse_event('idempotency_key_reused', case when first.content ->> 'caller' = actor
      then jsonb_build_object('field', ops_private.differing_field(first.content, content)) else '{}' end);
  end if;
  return ops_private.answer_again(first, ingest_once.received_at);
end
$$;
comment on function ops_private.ingest_once(jsonb, jsonb, text, timestamptz, timestamptz, ops.event_ingest_log, boolean) is
  'Checks and records an event, unless its key was accepted before (first, as found so far; queued: while holding the key''s lock): the same content gets the first answer, another one is refused (idempotency_key_reused).';
revoke execute on function ops_private.ingest_once(
  jsonb, jsonb, text, timestamptz, timestamptz, ops.event_ingest_log, boolean
) from public;

create function ops.ingest_event(envelope jsonb) returns jsonb
-- A definer: it writes facts and the log, which no role may forge.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  v_allowed constant boolean :=
    ops_private.require_role('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre');
  v_committed constant boolean := ops_private.require_read_committed();
  v_received_at constant timestamptz := clock_timestamp();
  v_actor constant text := ops_private.current_actor();
  v_key constant text := ops_private.short_text(envelope -> 'idempotency_key');
  v_observed_at constant timestamptz := ops_private.parse_time(ops_private.short_text(envelope -> 'emitted_at'));
  -- First the lock, then a look: what is not there yet then, only its holder can add.
  v_queued constant boolean := pg_try_advisory_xact_lock(hashtextextended(v_key, 0));
  v_first ops.event_ingest_log := ops_private.accepted_under(v_key);
  v_checked boolean;
  v_content jsonb;
  v_error text;
  v_detail jsonb := '{}';
  v_constraint text;
  v_where text;
begin
  begin
    if v_first.ingest_id is not null and ops_private.is_retry(v_first, envelope, v_actor, v_observed_at, v_received_at) then
      v_checked := ops_private.check_sender(envelope, v_actor);
    else
      v_checked := ops_private.check_size(envelope);
      v_content := ops_private.canonical_content(envelope, v_actor);
      return ops_private.ingest_once(envelope, v_content, v_actor, v_observed_at, v_received_at, v_first, v_queued);
    end if;
  exception
    when sqlstate 'OPS20' then
      get stacked diagnostics v_error = message_text, v_detail = pg_exception_detail;
    when sqlstate 'OPS06' or insufficient_privilege then
      v_error := 'forbidden_event';
      v_detail := '{"reason": "the person named is not an active member with the role given"}';
    when others then
      if sqlstate in ('40001', '40P01', '55P03') or left(sqlstate, 2) in ('08', '53', '57') then
        raise; -- a retry cures it, so it leaves no trace
      end if;
      get stacked diagnostics v_constraint = constraint_name, v_where = pg_exception_context;
      v_error := 'internal_error';
      v_detail := jsonb_build_object('sqlstate', sqlstate, 'constraint', v_constraint, 'where', left(v_where, 2000));
  end;
  -- Nothing was refused: a retry. It is logged out here, since a subtransaction that writes costs more.
  if v_error is null then
    return ops_private.answer_again(v_first, v_received_at);
  end if;
  -- The backstop: the index refused a second accepted row. It is there now.
  if v_constraint = 'event_ingest_log_one_accepted_per_key_idx' then
    return ops_private.ingest_once(
      envelope, v_content, v_actor, v_observed_at, v_received_at, ops_private.accepted_under(v_key), queued => true);
  end if;
  return ops_private.answer_refused(
    ops_private.log_refusal(envelope, ops_private.content_hash(v_content), v_error, v_detail, v_received_at),
    v_error, case v_error when 'internal_error' then '{}' else v_detail end);
end
$$;
comment on function ops.ingest_event(jsonb) is
  'Records one event: envelope as in docs/events. Answers {ingest_id, status accepted|duplicate|rejected|error, error, detail}; log, facts and verdicts commit together or not at all. A retry of the same event under its key gets the first answer. Raises only what a retry cures (40001, 40P01, 55P03, classes 08, 53, 57) OPS03 above read committed, and 42501 for a role that may send nothing.';
revoke execute on function ops.ingest_event(jsonb) from public;
grant execute on function ops.ingest_event(jsonb) to service_role, ci_service_role, qa_tester, release_manager, sre;

create function ops_private.accepted_under(idempotency_key text) returns ops.event_ingest_log
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_row ops.event_ingest_log;
begin
  select l.* into v_row from ops.event_ingest_log l
  where l.idempotency_key = accepted_under.idempotency_key and l.processing_status = 'accepted';
  return v_row;
end
$$;
comment on function ops_private.accepted_under(text) is 'The accepted submission under a key; nulls when there is none.';
revoke execute on function ops_private.accepted_under(text) from public;

create function ops_private.content_hash(content jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return encode(sha256(convert_to(content::text, 'UTF8')), 'hex');
end
$$;
comment on function ops_private.content_hash(jsonb) is 'SHA-256 of a canonical content, 64 lower-case hex digits.';
revoke execute on function ops_private.content_hash(jsonb) from public;

create function ops_private.refusal_status(error text) returns ops.ops_processing_status
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case error when 'internal_error' then 'error' else 'rejected' end;
end
$$;
comment on function ops_private.refusal_status(text) is 'error for internal_error, rejected for every other code.';
revoke execute on function ops_private.refusal_status(text) from public;

create function ops.record_refusal(refusal jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- writes the log, which most roles may not
as $$
declare
  v_error constant text := refusal ->> 'error';
  v_detail constant jsonb := case when ops_private.is_storable(refusal -> 'detail') then refusal -> 'detail' else '{}' end;
begin
  perform ops_private.require_any_role();
  if (v_error in (
      'invalid_json', 'invalid_envelope', 'invalid_payload', 'payload_too_large', 'unsupported_schema_version',
      'forbidden_event', 'internal_error'
    )
    and coalesce(refusal ->> 'payload_hash', '') ~ '^([0-9a-f]{64})?$') is not true then
    raise exception using errcode = '22023', message = 'that is not a refusal the edge function makes',
      hint = 'send events to the edge function or to ops.ingest_event';
  end if;
  return ops_private.answer_refused(
    ops_private.log_refusal(
      refusal, nullif(refusal ->> 'payload_hash', ''), v_error, coalesce(v_detail, '{}'), clock_timestamp()),
    v_error, coalesce(v_detail, '{}'));
end
$$;
comment on function ops.record_refusal(jsonb) is
  'Logs what the edge function refused before SQL could see it: {error, detail, payload_hash, and what could be read of the envelope}; answers as ops.ingest_event does. 22023 for any other code.';
revoke execute on function ops.record_refusal(jsonb) from public;
grant execute on function ops.record_refusal(jsonb) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
