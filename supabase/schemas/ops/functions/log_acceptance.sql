CREATE OR REPLACE FUNCTION ops.log_acceptance (
  envelope    jsonb,
  content     jsonb,
  result      jsonb,
  received_at timestamp with time zone
)
  RETURNS uuid
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_ingest_id uuid;
begin
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, content, received_at, processing_status,
    result, release_id, caller_role
  ) values (
    envelope ->> 'source_system', envelope ->> 'event_type', envelope ->> 'idempotency_key',
    envelope ->> 'schema_version', ops.content_hash(content), content, log_acceptance.received_at, 'accepted',
    result, (result ->> 'release_id')::uuid, current_setting('role')
  ) returning ingest_id into v_ingest_id;
  return v_ingest_id;
end
$function$;

COMMENT ON FUNCTION "ops"."log_acceptance"(jsonb, jsonb, jsonb, timestamp with time zone) IS 'Writes the log row of an event that was accepted, and returns its ingest_id.';

REVOKE ALL ON FUNCTION "ops"."log_acceptance"(jsonb, jsonb, jsonb, timestamp WITH time zone) FROM PUBLIC;
