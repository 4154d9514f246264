-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.policy_gate (
  gate_code text
)
  RETURNS ops.ops_gate_code
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (policy_gate.gate_code in ('G1', 'G2', 'G3', 'G4')) is not true then
    raise exception using errcode = 'OPS10', message = 'there is no such gate', hint = 'name G1, G2, G3 or G4';
  end if;
  return policy_gate.gate_code::ops.ops_gate_code;
end
$function$;

COMMENT ON FUNCTION "ops_private"."policy_gate"(text) IS 'The gate that a change of policy names. Raises OPS10 for another text.';

REVOKE ALL ON FUNCTION "ops_private"."policy_gate"(text) FROM PUBLIC;
