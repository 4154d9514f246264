CREATE OR REPLACE FUNCTION ops.waits_on (
  gate_code ops.ops_gate_code,
  moved     ops.ops_gate_code[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  -- Whose requirement it is, and whether it is in force, does not matter: judging once too often is no fault.
  return exists (
    select from ops.gate_requirements q
    where q.gate_code = waits_on.gate_code and q.kind = 'prior_gate' and q.subject = any (moved::text[])
  );
end
$function$;

COMMENT ON FUNCTION "ops"."waits_on"(ops.ops_gate_code, ops.ops_gate_code[]) IS 'Whether any policy makes a gate wait for one of those named.';

REVOKE ALL ON FUNCTION "ops"."waits_on"(ops.ops_gate_code, ops.ops_gate_code[]) FROM PUBLIC;
