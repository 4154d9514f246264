-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.evaluate_gate (
  gate_id uuid
)
  RETURNS text
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate ops.release_gates;
begin
  perform ops_private.require_role('service_role', 'ci_service_role', 'release_manager');
  v_gate := ops_private.gate_named(evaluate_gate.gate_id);
  perform ops_private.judge_now(v_gate.release_id, v_gate.gate_code);
  return (select g.status::text from ops.release_gates g where g.gate_id = evaluate_gate.gate_id);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."evaluate_gate"(uuid) TO "ci_service_role", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."evaluate_gate"(uuid) IS 'Judges a gate now, stores the verdict on it and on the gates that wait for it, and returns the verdict: pending, in_progress, passed, failed or bypassed. Facts are judged when they arrive, so this is only needed after an exception began or ended, or an approval or artifact lapsed. OPS04: unknown gate.';

REVOKE ALL ON FUNCTION "ops"."evaluate_gate"(uuid) FROM PUBLIC;
