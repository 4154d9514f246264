CREATE OR REPLACE FUNCTION ops.log_refusal (
  envelope     jsonb,
  payload_hash text,
  error        text,
  detail       jsonb,
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
    source_system, event_type, idempotency_key, schema_version, payload_hash, received_at,
    processing_status, error_code, error_detail, release_id, caller_role
  ) values (
    ops.short_text(envelope -> 'source_system'), ops.short_text(envelope -> 'event_type'),
    ops.short_text(envelope -> 'idempotency_key'), ops.short_text(envelope -> 'schema_version'),
    payload_hash, log_refusal.received_at, ops.refusal_status(error), error, detail,
    (
      select r.release_id from ops.releases r
      where r.release_id = ops.uuid_or_null(ops.short_text(envelope -> 'release_id'))
    ),
    ops.caller_role()
  ) returning ingest_id into v_ingest_id;
  return v_ingest_id;
end
$function$;

COMMENT ON FUNCTION "ops"."log_refusal"(jsonb, text, text, jsonb, timestamp with time zone) IS 'Writes the log row of a refused submission, whatever its envelope looks like, and returns its ingest_id.';

REVOKE ALL ON FUNCTION "ops"."log_refusal"(jsonb, text, text, jsonb, timestamp WITH time zone) FROM PUBLIC;
