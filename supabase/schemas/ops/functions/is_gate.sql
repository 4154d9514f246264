CREATE OR REPLACE FUNCTION ops.is_gate (
  gate_id   uuid,
  gate_code ops.ops_gate_code
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO ''
  AS $function$
begin
  perform ops.require_role('release_manager', 'qa_tester');
  return exists (
    select from ops.release_gates g where g.gate_id = is_gate.gate_id and g.gate_code = is_gate.gate_code
  );
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."is_gate"(uuid, ops.ops_gate_code) TO "qa_tester", "release_manager";

COMMENT ON FUNCTION "ops"."is_gate"(uuid, ops.ops_gate_code) IS 'Whether a gate has that code: what the policies on approvals ask, so that QA decides G2 and release managers G3.';

REVOKE ALL ON FUNCTION "ops"."is_gate"(uuid, ops.ops_gate_code) FROM PUBLIC;
