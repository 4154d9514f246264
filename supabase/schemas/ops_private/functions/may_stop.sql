-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_stop (
  envelope jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := current_setting('role');
  v_gate constant text := ops_private.short_text(envelope -> 'gate_code');
  v_type ops_private.event_types;
begin
  select t.* into v_type
  from ops_private.event_types t where t.event_type = ops_private.short_text(envelope -> 'event_type');
  return (
    v_role = 'service_role'
    or ops_private.caller_member() is not null and v_role = any (v_type.senders) and (
      not v_type.names_gate or (v_gate in ('G1', 'G2', 'G3', 'G4')) is not true
      or (v_role, v_gate) in (('qa_tester', 'G2'), ('release_manager', 'G3')))
  ) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_stop"(jsonb) IS 'Whether the caller may report a stop by an event of this type: as ops_private.may_send, but whatever the source, and also when the gate or the person cannot be read.';

REVOKE ALL ON FUNCTION "ops_private"."may_stop"(jsonb) FROM PUBLIC;
