CREATE OR REPLACE FUNCTION ops.log_submission (
  envelope     jsonb,
  payload_hash text,
  content      jsonb,
  status       ops.ops_processing_status,
  error        text,
  detail       jsonb,
  duplicate_of uuid,
  received_at  timestamp with time zone
)
  RETURNS uuid
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_ingest_id uuid;
begin
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, content, received_at,
    processing_status, error_code, error_detail, duplicate_of, result, release_id, caller_role
  ) values (
    ops.short_text(envelope -> 'source_system'), ops.short_text(envelope -> 'event_type'),
    ops.short_text(envelope -> 'idempotency_key'), ops.short_text(envelope -> 'schema_version'),
    payload_hash, content, log_submission.received_at,
    log_submission.status, error, case when error is not null then detail end, log_submission.duplicate_of,
    case when error is null then detail end,
    (
      select r.release_id from ops.releases r
      where r.release_id = ops.uuid_or_null(ops.short_text(envelope -> 'release_id'))
    ),
    ops.caller_role()
  ) returning ingest_id into v_ingest_id;
  return v_ingest_id;
end
$function$;

COMMENT ON FUNCTION "ops"."log_submission"(jsonb, text, jsonb, ops.ops_processing_status, text, jsonb, uuid, timestamp with time zone) IS 'Writes the log row of one submission, whatever its envelope looks like, and returns its ingest_id.';

REVOKE ALL ON FUNCTION "ops"."log_submission"(jsonb, text, jsonb, ops.ops_processing_status, text, jsonb, uuid, timestamp WITH time zone) FROM PUBLIC;
