CREATE OR REPLACE FUNCTION ops.answer_again (
  first       ops.event_ingest_log,
  envelope    jsonb,
  received_at timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_ingest_id constant uuid :=
    ops.log_event(envelope, first.payload_hash, null, first.result, first.ingest_id, received_at);
begin
  return jsonb_build_object('ingest_id', first.ingest_id, 'status', 'duplicate', 'detail', first.result);
end
$function$;

COMMENT ON FUNCTION "ops"."answer_again"(ops.event_ingest_log, jsonb, timestamp with time zone) IS 'Logs a retry of an accepted event, and answers what it was answered the first time.';

REVOKE ALL ON FUNCTION "ops"."answer_again"(ops.event_ingest_log, jsonb, timestamp WITH time zone) FROM PUBLIC;
