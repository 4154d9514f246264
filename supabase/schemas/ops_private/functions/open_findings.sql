-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.open_findings (
  a    ops_private.asked_release,
  gate ops.release_gates
)
  RETURNS ops.gate_finding[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_findings ops.gate_finding[];
begin
  -- As ops_private.judge asks. A gate that is pending has no facts. What can be done at a gate that it waits for, and
  -- about a contested report, is said elsewhere.
  v_findings := ops_private.findings_on(
    gate, a.release, case when gate.gate_code = 'G4' and exists (
        select from ops.deployments d where d.release_id = gate.release_id)
      then array(select t from ops_private.targets_at(a.release, null, a.as_of) as t) else '{}' end,
    '{}', a.as_of, in_full => false, untouched => gate.status = 'pending', contested => '{}');
  return array(
    select s.f from (select v_findings[p] as f, p from generate_subscripts(v_findings, 1) as p) as s
    where (s.f).kind is distinct from 'prior_gate' order by (s.f).state desc, s.p
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."open_findings"(ops_private.asked_release, ops.release_gates) IS 'What is missing or failed at a gate now and can be mended at the gate itself, failures first: all blocking findings but prior gates and contested reports.';

REVOKE ALL ON FUNCTION "ops_private"."open_findings"(ops_private.asked_release, ops.release_gates) FROM PUBLIC;
