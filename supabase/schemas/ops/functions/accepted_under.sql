CREATE OR REPLACE FUNCTION ops.accepted_under (
  idempotency_key text
)
  RETURNS ops.event_ingest_log
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_row ops.event_ingest_log;
begin
  select l.* into v_row from ops.event_ingest_log l
  where l.idempotency_key = accepted_under.idempotency_key and l.processing_status = 'accepted';
  return v_row;
end
$function$;

COMMENT ON FUNCTION "ops"."accepted_under"(text) IS 'The accepted submission under a key; nulls when there is none.';

REVOKE ALL ON FUNCTION "ops"."accepted_under"(text) FROM PUBLIC;
