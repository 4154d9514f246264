-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_approvals (
  exception ops.exceptions,
  as_of     timestamp with time zone,
  OUT       approvals bigint,
  OUT       needed integer,
  OUT       objection text,
  OUT       approved boolean
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  select coalesce(max(n.min_count), 1) into exception_approvals.needed
  from ops_private.requirements_in_force n
  where n.release_id = exception.release_id and n.kind = 'exception_approvals'
    and n.gate_code = any (exception.impacted_gates);
  select
    count(distinct p.person) filter (where p.person <> r.initiating_actor and p.decision = 'approved'
      and not (r.dismissed and p.person = any (ops_private.dismissers(r.release_id, as_of)))),
    case when bool_or(p.decision = 'rejected') then 'rejected by ' else 'changes requested by ' end
      || string_agg(distinct p.person, ', ') filter (where p.decision <> 'approved')
  into exception_approvals.approvals, exception_approvals.objection
  from ops.releases r
  cross join lateral (
    select exception.approver_id as person, 'approved'::ops.ops_decision_type as decision
    union all
    select d.approver_id, d.decision
    from ops_private.standing_decisions(exception.release_id, null, as_of, exception.exception_id) as d
    where d.decision <> 'approved' or d.persona_role = 'release_manager' and (
      not r.has_artifacts
      or d.artifacts_digest is not distinct from ops_private.artifacts_digest(r.release_id, as_of))
  ) as p
  where r.release_id = exception.release_id;
  exception_approvals.approved := objection is null and approvals >= needed;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_approvals"(ops.exceptions, timestamp with time zone) IS 'What the decisions on an exception say at a moment. approvals: how many release managers approve it, its approver included, and the initiator of the release, those who dismissed something of it, and approvals of other artifacts not. needed: the most that the policy of its gates asks. objection: the standing rejections and requests for changes in words, null without any. approved: there are enough approvals, and no objection.';

REVOKE ALL ON FUNCTION "ops_private"."exception_approvals"(ops.exceptions, timestamp WITH time zone) FROM PUBLIC;
