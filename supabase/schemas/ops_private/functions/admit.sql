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
  v_clock text;
  v_time text;
  v_read timestamptz;
  v_emitted_at timestamptz;
  v_sent_at timestamptz;
  v_accepted jsonb;
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
    foreach v_clock in array array['emitted_at', 'sent_at'] loop
      v_time := envelope ->> v_clock;
      continue when v_time is null;
      -- Nearly all times have one of these formats. parse_time handles the others, but costs a subtransaction.
      v_read := case when translate(v_time, '123456789', '000000000') in (
          '0000-00-00T00:00:00Z', '0000-00-00T00:00:00.000Z', '0000-00-00T00:00:00.000000Z',
          '0000-00-00T00:00:00+00:00', '0000-00-00T00:00:00.000000+00:00')
        and v_time > '2' and v_time < '22'
        and substr(v_time, 6, 2) between '01' and '12' and substr(v_time, 9, 2) between '01' and '28'
        and substr(v_time, 12, 2) < '24' and substr(v_time, 15, 2) < '60' and substr(v_time, 18, 2) < '60'
        and (v_time like '%Z' or v_time like '%+00:00')
        then v_time::timestamptz else ops_private.parse_time(v_time) end;
      if v_clock = 'emitted_at' then
        v_emitted_at := v_read;
      else
        v_sent_at := v_read;
      end if;
    end loop;
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
  -- If the same sender repeats an accepted event and only emitted_at differs, its shape needs no second check.
  v_accepted := (s.first).content;
  if v_accepted is not null and (case when v_accepted ? 'gate_code' then v_accepted - 'gate_code' else v_accepted end
      || '{"schema_version": "v1.0"}')
    = (envelope - array['idempotency_key', 'emitted_at', 'sent_at', 'gate_code']
      || jsonb_build_object('caller', s.actor))
    -- An event may omit the gate when its type implies it.
    and (coalesce(envelope -> 'gate_code', 'null') = 'null' and not v_accepted ? 'gate_code'
      or envelope -> 'gate_code' = (s.first).result #> '{gate,gate_code}')
    and not envelope ? 'caller' and s.in_time then
    s.examined := true;
    s.content := v_accepted;
  else
    s := ops_private.check_event(s);
  end if;
  if s.error is null
    and (s.actor is null or current_setting('role') <> 'service_role' and not ops_private.may_send(envelope)) then
    s.error := 'forbidden_event';
    s.detail := ops_private.refused_sender(envelope);
  elsif s.error is null and current_setting('role') <> 'service_role'
    and not ops_private.may_send_source((envelope ->> 'source_system')::ops.ops_source_system) then
    s.error := 'forbidden_event';
    s.detail := ops_private.refused_source(envelope ->> 'source_system');
  end if;
  if s.error is not null then
    s.outcome := 'rejected';
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."admit"(jsonb) IS 'Step 1: reads the submission, and decides whether it is a valid event that the sender may send. Raises 42501 unless the caller is service_role or an active member.';

REVOKE ALL ON FUNCTION "ops_private"."admit"(jsonb) FROM PUBLIC;
