-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.record_refusal (
  refusal jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_error constant text := refusal ->> 'error';
  v_outcome constant ops.ops_processing_status := case v_error when 'internal_error' then 'error' else 'rejected' end;
  v_detail constant jsonb :=
    case when ops_private.is_storable(refusal -> 'detail') then refusal -> 'detail' else '{}' end;
begin
  perform ops_private.require_any_role();
  if (v_error in (
      'invalid_json', 'invalid_envelope', 'invalid_payload', 'payload_too_large', 'unsupported_schema_version',
      'forbidden_event', 'internal_error'
    )
    and coalesce(refusal ->> 'payload_hash', '') ~ '^([0-9a-f]{64})?$') is not true then
    raise exception using errcode = '22023', message = 'the edge function makes no such refusal',
      hint = 'send events to the edge function or to ops.ingest_event';
  end if;
  return jsonb_build_object(
    'ingest_id', ops_private.log_refusal(
      refusal, nullif(refusal ->> 'payload_hash', ''), clock_timestamp(), v_outcome, v_error, coalesce(v_detail, '{}')),
    'status', v_outcome, 'error', v_error, 'detail', coalesce(v_detail, '{}'));
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."record_refusal"(jsonb) TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."record_refusal"(jsonb) IS 'Logs a refusal that the edge function makes before it calls ops.ingest_event. refusal: {error, detail, payload_hash, and the fields of the envelope that could be read}. Returns the same answer as ops.ingest_event. 22023: the edge function does not use that error code, or payload_hash is not 64 hex digits.';

REVOKE ALL ON FUNCTION "ops"."record_refusal"(jsonb) FROM PUBLIC;
