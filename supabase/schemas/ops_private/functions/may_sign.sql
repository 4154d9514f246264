-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_sign (
  a    ops_private.inbox_release,
  gate ops.release_gates,
  role text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  r constant ops.releases := a.release;
  v_needs ops_private.requirements_in_force[];
  v_place integer;
  v_facts ops_private.gate_facts;
  v_counted integer[];
  v_then integer[];
  v_mine ops_private.standing_decision;
  n ops_private.requirements_in_force;
begin
  if a.person is null or not a.names_people and ops_private.is_stranger_to(r, a.person) then
    return true;
  end if;
  v_needs := ops_private.approval_requirements(r.release_id, gate.gate_code);
  v_place := (select s.ordinality from unnest(v_needs) with ordinality as s where s.subject = role);
  if v_place is null then
    -- Nothing asks for their approval, but evidence may come with it: then the same rules hold.
    n.subject := role;
    n.not_initiator := true;
    n.one_gate := true;
    n.min_count := 1;
    v_needs := v_needs || n;
    v_place := cardinality(v_needs);
  end if;
  v_facts := ops_private.with_decisions(v_facts, gate, r, a.as_of);
  v_counted := ops_private.counted_approvals(v_needs, r, v_facts, a.as_of);
  v_mine.approver_id := a.person;
  v_mine.persona_role := role::ops.ops_persona_role;
  v_mine.decision := 'approved';
  v_mine.recorded_at := a.as_of;
  v_mine.artifacts_digest := v_facts.digest;
  -- With a token of their own, and a second factor if policy asks for one, they meet all but this.
  v_mine.unmet := case when a.person <> all ((v_needs[v_place].asked).approvers) then 'approvers' end;
  v_facts.decisions := array(
    select d from unnest(v_facts.decisions) as d where d.approver_id <> a.person or d.persona_role::text <> role
  ) || v_mine;
  v_then := ops_private.counted_approvals(v_needs, r, v_facts, a.as_of);
  return v_then[v_place] > v_counted[v_place] and not ops_private.takes_away(v_needs, v_counted, v_then)
    and not ops_private.takes_away_later(a, gate);
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_sign"(ops_private.inbox_release, ops.release_gates, text) IS 'Whether an approval of a gate by the person in this role would count (ops_private.why_uncounted), would be a new one, and would take away no other that is needed: where policy says so (one_gate), nobody counts for two gates of a release or for two requirements of one. Who is not among the approvers that policy names, the initiator (where policy says not_initiator) and who dismissed something of the release wait for somebody else too; who approved it already has done their part, unless that lapsed, was of another build, or lacks the own token or second factor that policy asks for.';

REVOKE ALL ON FUNCTION "ops_private"."may_sign"(ops_private.inbox_release, ops.release_gates, text) FROM PUBLIC;
