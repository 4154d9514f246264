-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.match_check_to_gate (
  gate_id       uuid,
  deployment_id uuid
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (
    select g.gate_code = 'G4' from ops.release_gates g
    where g.gate_id = match_check_to_gate.gate_id and ops_private.sees(g.project)
  )
    <> (deployment_id is not null) then
    raise exception using errcode = '23514', constraint = 'deployment_is_set_exactly_on_g4',
      schema = 'ops', table = 'gate_checks', column = 'deployment_id',
      message = 'a check must name a deployment on G4, and none on other gates',
      hint = 'set deployment_id for checks on G4; leave it out on other gates';
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."match_check_to_gate"(uuid, uuid) IS 'Returns true when a check names a deployment and its gate is G4, or names none and its gate is another one. Otherwise raises 23514.';

REVOKE ALL ON FUNCTION "ops_private"."match_check_to_gate"(uuid, uuid) FROM PUBLIC;
