-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.admit (
  envelope jsonb
)
  RETURNS ops_private.submission
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  s ops_private.submission;
  v_usual constant text := '^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}'
    '([.]([0-9]{3}|[0-9]{6}))?(Z|[+]00:00)$';
  v_emitted text;
  v_sent text;
  v_emitted_at timestamptz;
  v_sent_at timestamptz;
begin
  s.envelope := envelope;
  s.received_at := clock_timestamp();
  if current_setting('role') <> 'service_role' then
    perform ops_private.current_person(); -- raises unless the caller is an active member
  end if;
  s.actor := ops_private.current_actor();
  if jsonb_typeof(envelope -> 'idempotency_key') = 'string' and jsonb_typeof(envelope -> 'event_type') = 'string'
    and jsonb_typeof(envelope -> 'emitted_at') = 'string' then
    s.idempotency_key := envelope ->> 'idempotency_key';
    s.event_type := envelope ->> 'event_type';
    v_emitted := envelope ->> 'emitted_at';
    v_sent := envelope ->> 'sent_at';
    -- Nearly all times are written in the usual way. parse_time reads the others, but costs a subtransaction.
    v_emitted_at := case when v_emitted collate "C" ~ v_usual then v_emitted::timestamptz
      else ops_private.parse_time(v_emitted) end;
    v_sent_at := case when v_sent collate "C" ~ v_usual then v_sent::timestamptz
      when v_sent is not null then ops_private.parse_time(v_sent) end;
    -- The clock of a sender may be wrong. The age of an event by that clock is right, and nothing is observed later.
    s.observed_at := least(s.received_at, v_emitted_at + coalesce(s.received_at - v_sent_at, '0'));
    s.in_time := v_emitted_at <= coalesce(v_sent_at, s.received_at) + interval '5 minutes'
      and (v_sent_at is not null or coalesce(envelope -> 'sent_at', 'null') = 'null');
    -- Try to lock the key before reading. This nearly always succeeds, and then dedupe need not read again.
    s.locked := pg_try_advisory_xact_lock(hashtextextended('key ' || s.idempotency_key, 0));
    s.first := (
      select l from ops.event_ingest_log l
      where l.idempotency_key = s.idempotency_key and l.processing_status = 'accepted'
    );
  end if;
  if (s.first).content is not null and ops_private.is_repeat(s) then
    s.examined := true;
    s.content := (s.first).content;
  else
    s := ops_private.check_event(s);
  end if;
  if s.error is null and (s.actor is null or current_setting('role') <> 'service_role') then
    s := ops_private.check_sender(s);
  end if;
  if s.error is not null then
    s.outcome := 'rejected';
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."admit"(jsonb) IS 'Step 1: reads the submission, and decides whether it is a valid event that the sender may send. Raises 42501 unless the caller is service_role or an active member.';

REVOKE ALL ON FUNCTION "ops_private"."admit"(jsonb) FROM PUBLIC;
