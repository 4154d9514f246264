-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.subject_of_stops (
  envelope jsonb
)
  RETURNS ops_private.stop
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_type constant text := ops_private.short_text(envelope -> 'event_type');
  v_payload constant jsonb := envelope -> 'payload';
  v_role constant text := current_setting('role');
  v_stop ops_private.stop;
begin
  if v_type = 'build_complete' then
    v_stop.gate_code := 'G1';
  elsif v_type = 'gate_signoff' then
    v_stop.gate_code := (case when ops_private.short_text(envelope -> 'gate_code') in ('G1', 'G2', 'G3', 'G4')
      then envelope ->> 'gate_code' end)::ops.ops_gate_code;
    -- People speak for themselves alone, whomever the event names.
    v_stop.persona_role := (case when ops_private.is_person_role(v_role) then v_role
      when ops_private.short_text(v_payload -> 'persona_role') = any (enum_range(null::ops.ops_persona_role)::text[])
      then v_payload ->> 'persona_role' end)::ops.ops_persona_role;
    v_stop.approver_id := case when ops_private.is_person_role(v_role) then ops_private.caller_member()
      else nullif(ops_private.trim_name(ops_private.loggable(v_payload -> 'approver_id')), '') end;
    v_stop.approver_id := coalesce(
      (ops_private.member_named(v_stop.approver_id)).recorded_as, ops_private.trim_name(v_stop.approver_id));
  elsif v_type in ('deployment_event', 'health_check') then
    v_stop.gate_code := 'G4';
    v_stop.environment := (case
      when ops_private.short_text(v_payload -> 'environment') = any (enum_range(null::ops.ops_environment)::text[])
      then v_payload ->> 'environment' end)::ops.ops_environment;
    v_stop.target := ops_private.readable_name(v_payload -> 'target', 'default');
    v_stop.deployment_ref := ops_private.readable_name(v_payload -> 'deployment_ref');
  end if;
  return v_stop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."subject_of_stops"(jsonb) IS 'What the stops in an envelope are about, as far as it can be read: the gate, and the deployment or the person. Nulls for a type without stops.';

REVOKE ALL ON FUNCTION "ops_private"."subject_of_stops"(jsonb) FROM PUBLIC;
