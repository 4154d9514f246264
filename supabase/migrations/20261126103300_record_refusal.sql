-- What the edge function refuses before SQL can see it leaves a row too.

create function ops.record_refusal(refusal jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- writes the log, which most roles may not
as $$
declare
  v_error constant text := refusal ->> 'error';
  v_outcome constant ops.ops_processing_status := case v_error when 'internal_error' then 'error' else 'rejected' end;
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
  return jsonb_build_object(
    'ingest_id', ops_private.log_refusal(
      refusal, nullif(refusal ->> 'payload_hash', ''), clock_timestamp(), v_outcome, v_error, coalesce(v_detail, '{}')),
    'status', v_outcome, 'error', v_error, 'detail', coalesce(v_detail, '{}'));
end
$$;
comment on function ops.record_refusal(jsonb) is
  'Logs what the edge function refused before SQL could see it: {error, detail, payload_hash, and what could be read of the envelope}; answers as ops.ingest_event does. 22023 for any other code.';
revoke execute on function ops.record_refusal(jsonb) from public;
grant execute on function ops.record_refusal(jsonb) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
