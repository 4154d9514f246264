CREATE OR REPLACE FUNCTION ops.implied_gate (
  event_type text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return case event_type
    when 'build_complete' then 'G1' when 'deployment_event' then 'G4' when 'health_check' then 'G4'
  end;
end
$function$;

COMMENT ON FUNCTION "ops"."implied_gate"(text) IS 'The gate that events of a type are about; null where the event names it (gate_signoff), or is about none.';

REVOKE ALL ON FUNCTION "ops"."implied_gate"(text) FROM PUBLIC;
