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
  v_refusal ops_private.refusal;
  v_time text;
  v_accepted jsonb;
  v_gate_code text;
  v_names_gate boolean;
  v_ordinary boolean;
begin
  s.envelope := envelope;
  s.received_at := clock_timestamp();
  s.actor := ops_private.current_actor();
  if jsonb_typeof(envelope -> 'idempotency_key') = 'string' and jsonb_typeof(envelope -> 'event_type') = 'string'
    and jsonb_typeof(envelope -> 'emitted_at') = 'string' then
    s.idempotency_key := envelope ->> 'idempotency_key';
    s.event_type := envelope ->> 'event_type';
    v_time := envelope ->> 'emitted_at';
    -- Nearly every time is written in one of these ways. The others, and what is none, take a subtransaction.
    s.observed_at := case when translate(v_time, '123456789', '000000000') in (
        '0000-00-00T00:00:00Z', '0000-00-00T00:00:00.000Z', '0000-00-00T00:00:00.000000Z',
        '0000-00-00T00:00:00+00:00', '0000-00-00T00:00:00.000000+00:00')
      and v_time > '2' and substr(v_time, 6, 2) between '01' and '12' and substr(v_time, 9, 2) between '01' and '28'
      and substr(v_time, 12, 2) < '24' and substr(v_time, 15, 2) < '60' and substr(v_time, 18, 2) < '60'
      and (v_time like '%Z' or v_time like '%+00:00')
      then v_time::timestamptz else ops_private.parse_time(v_time) end;
    -- Nearly always nobody else has this key in hand, and one look behind its lock is enough.
    s.locked := pg_try_advisory_xact_lock(hashtextextended(s.idempotency_key, 0));
    s.first := ops_private.accepted_under(s.idempotency_key);
  end if;
  -- What the same sender had accepted before, word for word but for the time, needs no second look at its shape.
  v_accepted := (s.first).content;
  if v_accepted is not null and (case when v_accepted ? 'gate_code' then v_accepted - 'gate_code' else v_accepted end
      || '{"schema_version": "v1.0"}')
    = (envelope - array['idempotency_key', 'emitted_at', 'gate_code'] || jsonb_build_object('caller', s.actor))
    and coalesce(nullif(envelope -> 'gate_code', 'null') = (s.first).result #> '{gate,gate_code}',
      not v_accepted ? 'gate_code')
    and s.observed_at <= s.received_at + interval '5 minutes' then
    s.examined := true;
    s.content := v_accepted;
  else
    if pg_column_size(envelope #> '{}') > 262144 or jsonb_path_exists(envelope, 'strict $.** ? (@.type() == "number")')
      or jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
      v_refusal := ops_private.unreadable(envelope);
    end if;
    if v_refusal.error is null then
      select t.gate_code::text, t.names_gate, envelope @@ t.pattern into v_gate_code, v_names_gate, v_ordinary
      from ops_private.event_types t where t.event_type = s.event_type;
      s.content := ops_private.canonical_content(envelope, s.actor, v_names_gate);
      if (
        v_ordinary and s.observed_at <= s.received_at + interval '5 minutes'
        and split_part(s.idempotency_key, '/', 1) = envelope ->> 'source_system'
        and split_part(s.idempotency_key, '/', 3) = s.event_type and octet_length(s.idempotency_key) <= 255
        and pg_column_size(envelope -> 'payload') <= 8192
        and coalesce(translate(envelope ->> 'release_id', '123456789abcdefABCDEF', '000000000000000000000')
          = '00000000-0000-0000-0000-000000000000', true)
        and envelope - array['schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id',
          'gate_code', 'payload', 'emitted_at'] = '{}'
      ) is not true then
        s.examined := true;
        v_refusal := ops_private.malformed(envelope);
      end if;
    end if;
  end if;
  if v_refusal.error is null then
    s.gate_code := case when v_names_gate then envelope ->> 'gate_code' else v_gate_code end;
    if s.actor is null or current_setting('role') <> 'service_role' and not ops_private.may_send(envelope) then
      v_refusal := row('forbidden_event', jsonb_build_object(
        'role', current_setting('role'), 'event_type', s.event_type))::ops_private.refusal;
    end if;
  end if;
  if v_refusal.error is not null then
    s.outcome := 'rejected';
    s.error := v_refusal.error;
    s.detail := v_refusal.detail;
  end if;
  return s;
end
$function$;

COMMENT ON FUNCTION "ops_private"."admit"(jsonb) IS 'First step: what is submitted, by whom and when, and whether it is an event that the sender may send. An ordinary event is known at one look, lengths aside: the constraints of the tables hold those, and what is refused is examined before it is answered.';

REVOKE ALL ON FUNCTION "ops_private"."admit"(jsonb) FROM PUBLIC;
