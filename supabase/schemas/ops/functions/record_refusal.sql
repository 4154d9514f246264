-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.record_refusal (
  refusal jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET lock_timeout TO '5s'
  AS $function$
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
$function$;

GRANT EXECUTE ON FUNCTION "ops"."record_refusal"(jsonb) TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."record_refusal"(jsonb) IS 'Logs a refusal that the edge function makes before it calls ops.ingest_event. refusal: {error, detail, payload_hash, and the fields of the envelope that could be read, the payload too: a stop in it becomes a contested report}. The detail of forbidden_event is not taken from it: it says who may send the event. Returns the same answer as ops.ingest_event. 22023: the edge function does not use that error code, payload_hash is not 64 hex digits, or the refusal is too large. Of a developer or an audit_reader at most 4 KiB of detail are kept.';

REVOKE ALL ON FUNCTION "ops"."record_refusal"(jsonb) FROM PUBLIC;
