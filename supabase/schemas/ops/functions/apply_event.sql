CREATE OR REPLACE FUNCTION ops.apply_event (
  envelope    jsonb,
  observed_at timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_type constant text := envelope ->> 'event_type';
  v_release ops.releases;
  v_gates ops.release_gates[];
  v_gate ops.release_gates;
  v_detail jsonb;
begin
  if v_type = 'environment_event' and envelope ->> 'release_id' is null then
    return ops.apply_environment_event(envelope, apply_event.observed_at);
  end if;
  v_release := ops.hold_release((envelope ->> 'release_id')::uuid);
  if v_release.release_id is null then
    perform ops.refuse_event('unknown_release', '{"hint": "open the release with ops.open_release first"}');
  end if;
  if v_type = 'environment_event' then
    return ops.apply_environment_event(envelope, apply_event.observed_at)
      || jsonb_build_object('release_id', v_release.release_id);
  end if;
  v_gates := ops.gates_of(v_release.release_id);
  v_gate := v_gates[right(coalesce(ops.implied_gate(v_type), envelope ->> 'gate_code'), 1)::integer];
  if v_gate.gate_id is null then
    perform ops.refuse_event('unknown_gate', jsonb_build_object('gate_code', envelope ->> 'gate_code'));
  end if;
  if v_type = 'build_complete' then
    v_detail := ops.apply_build_complete(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  elsif v_type = 'gate_signoff' then
    v_detail := ops.apply_gate_signoff(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  elsif v_type = 'deployment_event' then
    v_detail := ops.apply_deployment_event(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  elsif v_type = 'health_check' then
    v_detail := ops.apply_health_check(v_release, v_gate.gate_id, envelope, apply_event.observed_at);
  end if;
  return v_detail || ops.describe_verdicts(
    v_release.release_id, v_gate.gate_code, v_gates, ops.refresh_release(v_release, v_gates, v_gate.gate_code));
end
$function$;

COMMENT ON FUNCTION "ops"."apply_event"(jsonb, timestamp with time zone) IS 'Writes the facts of a checked event behind the release''s lock, judges the gates it touches once, and returns the detail of the answer.';

REVOKE ALL ON FUNCTION "ops"."apply_event"(jsonb, timestamp WITH time zone) FROM PUBLIC;
