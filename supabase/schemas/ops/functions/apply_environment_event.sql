CREATE OR REPLACE FUNCTION ops.apply_environment_event (
  envelope    jsonb,
  observed_at timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_event_id uuid;
begin
  insert into ops.environment_events (environment, event_type, source_system, payload, idempotency_key, observed_at)
  values (
    (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'event_type',
    (envelope ->> 'source_system')::ops.ops_source_system,
    jsonb_strip_nulls(v_payload - array['environment', 'event_type', 'data'])
      || coalesce(nullif(v_payload -> 'data', 'null'), '{}'),
    envelope ->> 'idempotency_key', apply_environment_event.observed_at
  ) returning event_id into v_event_id;
  return jsonb_build_object('event_id', v_event_id);
end
$function$;

COMMENT ON FUNCTION "ops"."apply_environment_event"(jsonb, timestamp with time zone) IS 'environment_event: one append-only row.';

REVOKE ALL ON FUNCTION "ops"."apply_environment_event"(jsonb, timestamp WITH time zone) FROM PUBLIC;
