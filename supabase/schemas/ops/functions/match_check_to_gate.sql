CREATE OR REPLACE FUNCTION ops.match_check_to_gate()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  if (select g.gate_code = 'G4' from ops.release_gates g where g.gate_id = new.gate_id)
    <> (new.deployment_id is not null) then
    raise exception using errcode = '23514', constraint = 'deployment_is_set_exactly_on_g4',
      schema = 'ops', table = 'gate_checks', column = 'deployment_id',
      message = 'a check names a deployment exactly when it is on G4',
      hint = 'set deployment_id on G4 checks, and leave it out on the others';
  end if;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops"."match_check_to_gate"() IS 'Before a direct insert: deployment_id is set exactly on G4 (23514).';

REVOKE ALL ON FUNCTION "ops"."match_check_to_gate"() FROM PUBLIC;
