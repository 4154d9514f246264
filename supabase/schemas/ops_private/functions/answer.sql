-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.answer (
  s ops_private.submission,
  r ops_private.recording
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."answer"(ops_private.submission, ops_private.recording) IS 'Step 6: writes the log row of a submission and returns the answer: {ingest_id, status, error, detail}. Answers to accepted events and duplicates have no error.';

REVOKE ALL ON FUNCTION "ops_private"."answer"(ops_private.submission, ops_private.recording) FROM PUBLIC;
