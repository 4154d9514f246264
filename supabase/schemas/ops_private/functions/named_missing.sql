-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.named_missing (
  exception ops.exceptions,
  approvals ops_private.standing_decision[],
  policy    ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS TABLE (
    said   text,
    people text[]
  )
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select
    format('%s of %s approvals by the people that policy names: %s', cardinality(c.approving), n.min_count,
      ops_private.names_in_words((n.asked).approvers)),
    array(select e from unnest((n.asked).approvers) as e where e <> all (c.approving))
  from ops_private.exception_requirements(exception, policy) as n
  cross join lateral (
    select array(
      select distinct a.approver_id from unnest(approvals) as a
      where a.approver_id = any ((n.asked).approvers) and a.persona_role::text in ('release_manager', n.persona)
    ) as approving
  ) as c
  where cardinality(c.approving) < n.min_count and (n.asked).approvers is not null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."named_missing"(ops.exceptions, ops_private.standing_decision[], ops_private.requirements_in_force[]) IS 'The lists of named people of whom too few approve an exception, by approvals that count: in words, and who is left.';

REVOKE ALL ON FUNCTION "ops_private"."named_missing"(ops.exceptions, ops_private.standing_decision[], ops_private.requirements_in_force[]) FROM PUBLIC;
