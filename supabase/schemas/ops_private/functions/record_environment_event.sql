-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.record_environment_event (
  envelope    jsonb,
  observed_at timestamp with time zone,
  release     ops.releases,
  project     text
)
  RETURNS ops_private.recorded
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_recorded ops_private.recorded;
  v_event_id uuid;
begin
  insert into ops.environment_events (
    environment, event_type, source_system, payload, idempotency_key, observed_at, project
  ) values (
    (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'event_type',
    (envelope ->> 'source_system')::ops.ops_source_system,
    jsonb_strip_nulls(v_payload - array['environment', 'event_type', 'project', 'data'])
      || coalesce(nullif(v_payload -> 'data', 'null'), '{}'),
    envelope ->> 'idempotency_key', record_environment_event.observed_at,
    record_environment_event.project
  ) returning event_id into v_event_id;
  v_recorded.detail := jsonb_strip_nulls(jsonb_build_object('event_id', v_event_id, 'release_id', release.release_id));
  return v_recorded;
end
$function$;

COMMENT ON FUNCTION "ops_private"."record_environment_event"(jsonb, timestamp with time zone, ops.releases, text) IS 'environment_event: records one row in ops.environment_events.';

REVOKE ALL ON FUNCTION "ops_private"."record_environment_event"(jsonb, timestamp WITH time zone, ops.releases, text) FROM PUBLIC;
