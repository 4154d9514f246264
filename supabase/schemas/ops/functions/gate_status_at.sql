-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.gate_status_at (
  gate_id uuid,
  as_of   timestamp with time zone
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate ops.release_gates;
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_gate := ops_private.gate_named(gate_status_at.gate_id);
  v_release := ops_private.release_named(v_gate.release_id);
  return (
    select (v.gate).status::text
    from unnest((ops_private.judge(
      v_release, 'G1', ops_private.moment_named(v_release, gate_status_at.as_of), to_gate => v_gate.gate_code
    )).verdicts) as v
    where (v.gate).gate_id = gate_status_at.gate_id
  );
end
$function$;

GRANT EXECUTE
  ON FUNCTION "ops"."gate_status_at"(uuid, timestamp WITH time zone)
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."gate_status_at"(uuid, timestamp with time zone) IS 'The verdict on a gate at a past moment, by the facts known then. The answer is final for moments that are older than the oldest open transaction. OPS04: unknown gate. 22023: the moment is before the release was opened or in the future.';

REVOKE ALL ON FUNCTION "ops"."gate_status_at"(uuid, timestamp WITH time zone) FROM PUBLIC;
