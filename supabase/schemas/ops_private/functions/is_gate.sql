-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_gate (
  gate_id   uuid,
  gate_code ops.ops_gate_code
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_role('release_manager', 'qa_tester');
  return exists (
    select from ops.release_gates g
    where g.gate_id = is_gate.gate_id and g.gate_code = is_gate.gate_code and ops_private.sees(g.project)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_gate"(uuid, ops.ops_gate_code) IS 'Whether a gate of the caller''s projects has this code. The policies on approvals use it: a qa_tester decides G2, a release_manager decides G3.';
