CREATE OR REPLACE FUNCTION ops.is_retry (
  first       ops.event_ingest_log,
  envelope    jsonb,
  actor       text,
  observed_at timestamp with time zone,
  received_at timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  -- Canonical content needs no making here: what is left of the envelope is as it was when that was accepted.
  return (
    first.content - 'gate_code' = (
      (envelope - array['schema_version', 'idempotency_key', 'emitted_at', 'gate_code'])
      || jsonb_build_object('caller', actor)
    )
    and case when coalesce(envelope -> 'gate_code', 'null') = 'null' then first.content -> 'gate_code' is null
      else envelope -> 'gate_code' = coalesce(
        first.content -> 'gate_code', to_jsonb(ops.implied_gate(first.event_type))) end
    and envelope -> 'schema_version' = '"v1.0"' and observed_at <= received_at + interval '5 minutes'
  ) is true;
end
$function$;

COMMENT ON FUNCTION "ops"."is_retry"(ops.event_ingest_log, jsonb, text, timestamp with time zone, timestamp with time zone) IS 'Whether an object is what was accepted first, sent by the same caller again, word for word but for when. False says nothing: then ops.ingest_once compares what they mean.';

REVOKE ALL ON FUNCTION "ops"."is_retry"(ops.event_ingest_log, jsonb, text, timestamp WITH time zone, timestamp WITH time zone) FROM PUBLIC;
