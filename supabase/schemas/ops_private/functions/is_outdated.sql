-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_outdated (
  result jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  a ops.approvals;
  r ops.releases;
  g ops.release_gates;
  f ops_private.gate_facts;
  d ops_private.standing_decision;
  n ops_private.requirements_in_force;
begin
  select x.* into a from ops.approvals x
  where x.approval_id = (result ->> 'approval_id')::uuid and x.decision = 'approved' and x.scope = 'gate';
  if not found then
    return false;
  end if;
  select x.* into r from ops.releases x where x.release_id = a.release_id;
  select x.* into g from ops.release_gates x where x.gate_id = a.gate_id;
  f := ops_private.with_decisions(f, g, r, 'infinity');
  select x.* into d from unnest(f.decisions) as x
  where x.approver_id = a.approver_id and x.persona_role = a.persona_role;
  select x.* into n from ops_private.requirements_in_force x
  where x.release_id = a.release_id and x.gate_code = g.gate_code and x.kind = 'approval'
    and x.subject = a.persona_role::text;
  -- As ops_private.findings_on: nobody counts twice on a gate.
  f.barred := f.barred || ops_private.approvers_as(f.decisions, array(
    select e.subject from ops_private.requirements_in_force e
    where e.release_id = a.release_id and e.gate_code = g.gate_code and e.kind = 'approval'
      and (e.enforcement, e.subject) < (n.enforcement, n.subject)));
  return d.decision is distinct from 'approved' or ops_private.why_uncounted(
    d, case when n.not_initiator then r.initiating_actor end, case when n.one_gate then f.barred end,
    f.dismissers, f.digest, ops_private.present(r) - make_interval(secs => n.valid_for)) is not null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_outdated"(jsonb) IS 'Whether the answer to a sign-off tells of an approval that does not count now: it was dismissed or its author decided otherwise since, or ops_private.why_uncounted says why.';

REVOKE ALL ON FUNCTION "ops_private"."is_outdated"(jsonb) FROM PUBLIC;
