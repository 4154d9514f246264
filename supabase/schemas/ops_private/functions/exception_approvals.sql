-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_approvals (
  exception ops.exceptions,
  as_of     timestamp with time zone,
  policy    ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[],
  OUT       approvals bigint,
  OUT       needed integer,
  OUT       objection text,
  OUT       approved boolean,
  OUT       missing text,
  OUT       people_left text[]
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_asks boolean;
  v_decisions constant ops_private.standing_decision[] := array(
    select d from ops_private.standing_decisions(
      exception.release_id, null, as_of, exception.exception_id,
      unmet => ops_private.unmet_by_policy(exception.release_id, policy)) as d);
  v_counted ops_private.standing_decision[];
begin
  select coalesce(max(n.min_count) filter (where n.kind = 'exception_approvals'), 1), bool_or((n.asked).own_token is not null)
  into exception_approvals.needed, v_asks
  from ops_private.exception_requirements(exception, policy) as n;
  if policy is not null then
    exception.unmet := ops_private.what_is_unmet(
      ops_private.exception_conditions(exception, policy), exception.approver_id, exception.assurance,
      exception.created_at);
    exception.alone := exception.alone and ops_private.lets_alone(exception.release_id, exception.impacted_gates, policy);
  end if;
  v_counted := (
    select ops_private.counted_on_exception(exception, r, v_decisions, as_of)
    from ops.releases r where r.release_id = exception.release_id);
  exception_approvals.approvals := (
    select count(distinct c.approver_id) from unnest(v_counted) as c where c.persona_role = 'release_manager');
  exception_approvals.objection := (
    select case when bool_or(d.decision = 'rejected') then 'rejected by ' else 'changes requested by ' end
      || string_agg(distinct d.approver_id, ', ')
    from unnest(v_decisions) as d where d.decision <> 'approved');
  people_left := '{}';
  if v_asks then
    -- A subject has no blanks.
    select
      string_agg(n.said, '; ' order by n.said),
      string_to_array(coalesce(string_agg(array_to_string(n.people, ' '), ' '), ''), ' ')
    into missing, people_left
    from ops_private.named_missing(exception, v_counted, policy) as n;
  end if;
  exception_approvals.approved := objection is null and approvals >= needed and missing is null;
  if v_asks and not (approvals >= needed and missing is null) then
    missing := concat(coalesce(missing, format('%s of %s approvals', approvals, needed)), (
      select string_agg(ops_private.uncounted_in_words(u.unmet, u.person), '' order by u.unmet, u.person)
      from (
        select exception.unmet, exception.approver_id as person where exception.unmet is not null
        union
        select d.unmet, d.approver_id from unnest(v_decisions) as d where d.unmet is not null
      ) as u
      where u.person not in (select c.approver_id from unnest(v_counted) as c)
    ));
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_approvals"(ops.exceptions, timestamp with time zone, ops_private.requirements_in_force[]) IS 'What the decisions on an exception say at a moment. approvals: how many release managers approve it by an approval that counts (ops_private.counted_on_exception), its approver included. needed: the most that the policy of its gates asks. objection: the standing rejections and requests for changes in words, null without any. missing: what is missing of the own tokens, second factors and named people that policy asks for, in words, null when nothing is or none is asked for. people_left: the named people whose approval is still missing. approved: there are enough approvals, nothing is missing, and no objection.';

REVOKE ALL ON FUNCTION "ops_private"."exception_approvals"(ops.exceptions, timestamp WITH time zone, ops_private.requirements_in_force[]) FROM PUBLIC;
