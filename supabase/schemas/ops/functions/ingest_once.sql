CREATE OR REPLACE FUNCTION ops.ingest_once (
  envelope    jsonb,
  content     jsonb,
  received_at timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_key constant text := envelope ->> 'idempotency_key';
  v_lock constant bigint := hashtextextended(v_key, 0);
  v_mine constant boolean := pg_try_advisory_xact_lock(v_lock);
  v_first ops.event_ingest_log := ops.accepted_under(v_key);
  v_checked boolean;
  v_detail jsonb;
begin
  -- The same content was checked when it was accepted; the other two fields are no part of it.
  if v_first.content = content and envelope -> 'schema_version' = '"v1.0"'
    and ops.parse_time(envelope ->> 'emitted_at') <= received_at + interval '5 minutes' then
    v_checked := ops.check_sender(envelope);
    return ops.answer_again(v_first, envelope, received_at);
  end if;
  v_checked := ops.check_event(envelope);
  v_checked := ops.check_sender(envelope);
  if v_first.ingest_id is null and not v_mine then
    -- Retries of one key queue up here; the losers find the accepted row.
    perform pg_advisory_xact_lock(v_lock);
    v_first := ops.accepted_under(v_key);
  end if;
  if v_first.ingest_id is null then
    v_detail := ops.apply_event(envelope);
    return jsonb_build_object(
      'ingest_id', ops.log_event(envelope, ops.content_hash(content), content, v_detail, null, received_at),
      'status', 'accepted', 'detail', v_detail);
  elsif v_first.content is distinct from content then
    perform ops.refuse_event('idempotency_key_reused', case when v_first.content ->> 'caller' = content ->> 'caller'
      then jsonb_build_object('field', ops.differing_field(v_first.content, content)) else '{}' end);
  end if;
  return ops.answer_again(v_first, envelope, received_at);
end
$function$;

COMMENT ON FUNCTION "ops"."ingest_once"(jsonb, jsonb, timestamp with time zone) IS 'Checks and records an event, unless its key was accepted before: the same content gets the first answer, another one is refused (idempotency_key_reused).';

REVOKE ALL ON FUNCTION "ops"."ingest_once"(jsonb, jsonb, timestamp WITH time zone) FROM PUBLIC;
