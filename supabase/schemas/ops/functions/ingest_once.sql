CREATE OR REPLACE FUNCTION ops.ingest_once (
  envelope    jsonb,
  content     jsonb,
  actor       text,
  observed_at timestamp with time zone,
  received_at timestamp with time zone,
  first       ops.event_ingest_log,
  queued      boolean
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_key constant text := envelope ->> 'idempotency_key';
  v_event constant boolean := ops.check_event(envelope, ingest_once.observed_at);
  v_sender constant boolean := ops.check_sender(envelope, actor);
  v_detail jsonb;
begin
  if first.ingest_id is null and queued is not true then
    -- Retries of one key queue up here; the losers find the accepted row.
    perform pg_advisory_xact_lock(hashtextextended(v_key, 0));
    first := ops.accepted_under(v_key);
  end if;
  if first.ingest_id is null then
    v_detail := ops.apply_event(envelope, ingest_once.observed_at);
    return jsonb_build_object(
      'ingest_id', ops.log_acceptance(envelope, content, v_detail, ingest_once.received_at),
      'status', 'accepted', 'detail', v_detail);
  elsif first.content is distinct from content then
    perform ops.refuse_event('idempotency_key_reused', case when first.content ->> 'caller' = actor
      then jsonb_build_object('field', ops.differing_field(first.content, content)) else '{}' end);
  end if;
  return ops.answer_again(first, ingest_once.received_at);
end
$function$;

COMMENT ON FUNCTION "ops"."ingest_once"(jsonb, jsonb, text, timestamp with time zone, timestamp with time zone, ops.event_ingest_log, boolean) IS 'Checks and records an event, unless its key was accepted before (first, as found so far; queued: while holding the key''s lock): the same content gets the first answer, another one is refused (idempotency_key_reused).';

REVOKE ALL ON FUNCTION "ops"."ingest_once"(jsonb, jsonb, text, timestamp WITH time zone, timestamp WITH time zone, ops.event_ingest_log, boolean) FROM PUBLIC;
