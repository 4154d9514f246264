-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.missing_at (
  a    ops_private.inbox_release,
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
  if not a.names_people then
    return gate.missing;
  end if;
  -- Who could still approve changes with memberships, and nothing is judged then.
  v_findings := ops_private.findings_on(
    gate, a.release, case when gate.gate_code = 'G4'
      then array(select t from ops_private.targets_at(a.release, null, a.as_of) as t) else '{}' end,
    '{}', a.as_of, in_full => false, untouched => false, contested => '{}');
  return array(
    select s.f from (select v_findings[p] as f, p from generate_subscripts(v_findings, 1) as p) as s
    where (s.f).kind is distinct from 'prior_gate' order by s.p
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."missing_at"(ops_private.inbox_release, ops.release_gates) IS 'What is missing or failed at a gate now and can be mended at the gate itself: all blocking findings but prior gates and contested reports. As stored when the gate was judged; found anew where a policy names people.';

REVOKE ALL ON FUNCTION "ops_private"."missing_at"(ops_private.inbox_release, ops.release_gates) FROM PUBLIC;
