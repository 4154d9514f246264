CREATE OR REPLACE FUNCTION ops.answer_again (
  first       ops.event_ingest_log,
  received_at timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops"."answer_again"(ops.event_ingest_log, timestamp with time zone) IS 'Logs a retry of an accepted event, and answers what it was answered the first time.';

REVOKE ALL ON FUNCTION "ops"."answer_again"(ops.event_ingest_log, timestamp WITH time zone) FROM PUBLIC;
