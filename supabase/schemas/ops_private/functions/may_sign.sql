-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_sign (
  a    ops_private.asked_release,
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
  v_separate boolean;
  v_named boolean;
begin
  if a.person is null then
    return true;
  end if;
  select coalesce(bool_or(n.separation_of_duties), true), bool_and(a.person = any ((n.asked).approvers))
  into v_separate, v_named
  from ops_private.requirements_in_force n
  where n.release_id = r.release_id and n.gate_code = gate.gate_code and n.kind = 'approval' and n.subject = role;
  if not v_named then
    return false;
  elsif v_separate and (a.person = r.initiating_actor or exists (
    -- Nobody signs two gates of one release. So it waits for somebody else.
    select from unnest(a.gates) as g
    cross join lateral ops_private.standing_decisions(r.release_id, g.gate_id, a.as_of) as d
    where g.gate_id <> gate.gate_id and d.approver_id = a.person and d.decision = 'approved' and exists (
      select from ops.approvals p
      where p.release_id = r.release_id and p.gate_id = g.gate_id and p.approver_id = a.person)
  )) then
    return false;
  elsif r.dismissed and a.person = any (ops_private.dismissers(r.release_id, a.as_of)) then
    return false;
  end if;
  return not exists (
    select from ops_private.standing_decisions(r.release_id, gate.gate_id, a.as_of) as d
    where d.approver_id = a.person and d.persona_role::text = role and d.decision = 'approved' and d.unmet is null
      and (not r.has_artifacts or d.artifacts_digest is not distinct from ops_private.artifacts_digest(
        r.release_id, a.as_of))
      and not exists (
        select from ops_private.requirements_in_force n
        where n.release_id = r.release_id and n.gate_code = gate.gate_code and n.kind = 'approval' and n.subject = role
          and d.recorded_at <= a.as_of - make_interval(secs => n.valid_for)
      )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_sign"(ops_private.asked_release, ops.release_gates, text) IS 'Whether an approval of a gate by the person in this role would count, and would be a new one. Who is not among the approvers that policy names, the initiator, who approved another gate, and who dismissed something of the release wait for somebody else; who approved it already has done their part, unless that lapsed, was of another build, or lacks the own token or second factor that policy asks for.';

REVOKE ALL ON FUNCTION "ops_private"."may_sign"(ops_private.asked_release, ops.release_gates, text) FROM PUBLIC;
