-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.unmet_by (
  approval ops.approvals,
  policy   ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_asked ops_private.approval_conditions;
begin
  if approval.scope = 'exception' then
    v_asked := (
      select ops_private.exception_conditions(x, policy) from ops.exceptions x
      where x.exception_id = approval.exception_id);
  elsif approval.scope = 'release' then
    -- It lifts an objection of the person to the whole release: so the most that any gate asks of them holds.
    v_asked := ops_private.strictest(array(
      select n.asked from ops_private.requirements_of(approval.release_id, policy) as n
      where n.kind in ('approval', 'exception_approvals')));
  else
    v_asked := (
      select n.asked
      from ops.release_gates g
      join ops_private.requirements_of(approval.release_id, policy) as n on n.gate_code = g.gate_code
      where g.release_id = approval.release_id and g.gate_id = approval.gate_id
        and n.kind = 'approval' and n.subject = approval.persona_role::text
    );
  end if;
  return ops_private.what_is_unmet(v_asked, approval.approver_id, approval.assurance, approval.created_at);
end
$function$;

COMMENT ON FUNCTION "ops_private"."unmet_by"(ops.approvals, ops_private.requirements_in_force[]) IS 'What an approval does not meet of what the policy of its release asks; null when it meets all. An approval of the release as a whole must meet the most that any gate asks, but no list of people. That policy never changes, so the answer is kept with the approval. policy: as ops_private.requirements_of.';

REVOKE ALL ON FUNCTION "ops_private"."unmet_by"(ops.approvals, ops_private.requirements_in_force[]) FROM PUBLIC;
