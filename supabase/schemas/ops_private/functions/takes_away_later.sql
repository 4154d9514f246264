-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.takes_away_later (
  a    ops_private.inbox_release,
  gate ops.release_gates
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  g ops.release_gates;
  v_needs ops_private.requirements_in_force[];
  v_facts ops_private.gate_facts;
  v_counted integer[];
begin
  for g in
    select l.* from unnest(a.gates) as l
    where l.gate_code > gate.gate_code and exists (
      select from ops.approvals p
      where p.release_id = l.release_id and p.gate_id = l.gate_id and p.approver_id = a.person)
  loop
    v_needs := ops_private.approval_requirements(g.release_id, g.gate_code);
    v_facts := ops_private.with_decisions(v_facts, g, a.release, a.as_of);
    v_counted := ops_private.counted_approvals(v_needs, a.release, v_facts, a.as_of);
    v_facts.barred := v_facts.barred || a.person;
    if ops_private.takes_away(
      v_needs, v_counted, ops_private.counted_approvals(v_needs, a.release, v_facts, a.as_of)) then
      return true;
    end if;
  end loop;
  return false;
end
$function$;

COMMENT ON FUNCTION "ops_private"."takes_away_later"(ops_private.inbox_release, ops.release_gates) IS 'Whether an approval of a gate by the person would take away one of theirs that a later gate needs: where policy says one_gate, it would not count there any more.';

REVOKE ALL ON FUNCTION "ops_private"."takes_away_later"(ops_private.inbox_release, ops.release_gates) FROM PUBLIC;
