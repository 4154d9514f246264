-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.gate_findings (
  gate_id uuid,
  as_of   timestamp with time zone DEFAULT NULL::timestamp WITH time zone
)
  RETURNS SETOF ops.gate_finding
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
  v_gate := ops_private.gate_named(gate_findings.gate_id);
  v_release := ops_private.release_named(v_gate.release_id);
  return query
  select f.* from unnest((ops_private.judge(
    v_release, 'G1',
    case when gate_findings.as_of is null then ops_private.present(v_release)
      else ops_private.moment_named(v_release, gate_findings.as_of) end,
    to_gate => v_gate.gate_code, in_full => true
  )).verdicts) as v cross join lateral unnest(v.findings) as f
  where (v.gate).gate_id = gate_findings.gate_id;
end
$function$;

GRANT EXECUTE
  ON FUNCTION "ops"."gate_findings"(uuid, timestamp WITH time zone)
  TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."gate_findings"(uuid, timestamp with time zone) IS 'One row per requirement of a gate: contested reports that stand, then what the policy requires, blocking ones before advisory ones, then objections and the like. Each says what is required, what was found, what to do and who can do it. Without as_of: now. OPS04: unknown gate. 22023: as_of is before the release was opened or in the future.';

REVOKE ALL ON FUNCTION "ops"."gate_findings"(uuid, timestamp WITH time zone) FROM PUBLIC;
