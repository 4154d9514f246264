-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.dismissal_of_decision (
  a      ops.approvals,
  person text
)
  RETURNS ops.dismissals
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  d ops.dismissals;
begin
  if a.decision = 'approved' or not exists (
    select from ops_private.standing_decisions(a.release_id, a.gate_id, 'infinity', a.exception_id) as s
    where s.approver_id = a.approver_id and s.persona_role = a.persona_role and s.decision <> 'approved'
  ) then
    perform ops_private.refuse_dismissal(
      'this decision is no objection that stands', format('%s can decide again', a.approver_id),
      'name the decision that rejects or requests changes');
  end if;
  perform ops_private.require_gone(a.release_id, false, a.approver_id, a.persona_role::text, person);
  d.kind := 'objection';
  d.approval_id := a.approval_id;
  d.gate_id := a.gate_id;
  d.exception_id := a.exception_id;
  d.author := a.approver_id;
  d.author_role := a.persona_role::text;
  return d;
end
$function$;

COMMENT ON FUNCTION "ops_private"."dismissal_of_decision"(ops.approvals, text) IS 'The dismissal of an objection that stands, of somebody who is no active member in that role any more. Raises OPS11 for others.';

REVOKE ALL ON FUNCTION "ops_private"."dismissal_of_decision"(ops.approvals, text) FROM PUBLIC;
