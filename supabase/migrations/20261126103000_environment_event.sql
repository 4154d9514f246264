-- environment_event: something happened in an environment. It has no gate and may have no release.

select ops_private.define_event_type('environment_event', '{ci_service_role,sre}', '[
  {"field": "environment", "type": "enum", "required": true, "enum": "ops_environment"},
  {"field": "event_type", "type": "word", "required": true},
  {"field": "data", "type": "object"}]');

create function ops_private.record_environment_event(
  envelope jsonb, observed_at timestamptz, release ops.releases
) returns ops_private.recorded
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_recorded ops_private.recorded;
  v_event_id uuid;
begin
  insert into ops.environment_events (environment, event_type, source_system, payload, idempotency_key, observed_at)
  values (
    (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'event_type',
    (envelope ->> 'source_system')::ops.ops_source_system,
    jsonb_strip_nulls(v_payload - array['environment', 'event_type', 'data'])
      || coalesce(nullif(v_payload -> 'data', 'null'), '{}'),
    envelope ->> 'idempotency_key', record_environment_event.observed_at
  ) returning event_id into v_event_id;
  v_recorded.detail := jsonb_strip_nulls(jsonb_build_object('event_id', v_event_id, 'release_id', release.release_id));
  return v_recorded;
end
$$;
comment on function ops_private.record_environment_event(jsonb, timestamptz, ops.releases) is
  'environment_event: records one row in ops.environment_events.';
revoke execute on function ops_private.record_environment_event(jsonb, timestamptz, ops.releases) from public;
