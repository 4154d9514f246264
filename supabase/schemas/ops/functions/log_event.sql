CREATE OR REPLACE FUNCTION ops.log_event (
  envelope     jsonb,
  payload_hash text,
  content      jsonb,
  result       jsonb,
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
    processing_status, duplicate_of, result, release_id, caller_role
  ) values (
    envelope ->> 'source_system', envelope ->> 'event_type', envelope ->> 'idempotency_key',
    envelope ->> 'schema_version', payload_hash, content, log_event.received_at,
    case when log_event.duplicate_of is null then 'accepted' else 'duplicate' end::ops.ops_processing_status,
    log_event.duplicate_of, result, (result ->> 'release_id')::uuid, current_setting('role')
  ) returning ingest_id into v_ingest_id;
  return v_ingest_id;
end
$function$;

COMMENT ON FUNCTION "ops"."log_event"(jsonb, text, jsonb, jsonb, uuid, timestamp with time zone) IS 'Writes the log row of an event that was accepted, or that was accepted before (duplicate_of), and returns its ingest_id.';

REVOKE ALL ON FUNCTION "ops"."log_event"(jsonb, text, jsonb, jsonb, uuid, timestamp WITH time zone) FROM PUBLIC;
