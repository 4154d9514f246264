-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_requirements (
  exception ops.exceptions,
  policy    ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS TABLE (
    kind      ops.ops_requirement_kind,
    min_count integer,
    asked     ops_private.approval_conditions,
    persona   text
  )
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select n.kind, n.min_count, n.asked, coalesce(n.subject, 'release_manager')
  -- As ops_private.requirements_of, which would read the rows of all gates.
  from (
    select f.* from ops_private.requirements_in_force f
    where f.release_id = exception.release_id and f.gate_code = any (exception.impacted_gates) and policy is null
    union all
    select p.* from unnest(policy) as p
  ) as n
  where n.gate_code = any (exception.impacted_gates) and (
      n.kind = 'exception_approvals'
      or n.kind = 'approval' and n.enforcement = 'blocking' and (n.asked).own_token is not null
      and exception.exception_type = 'gate_bypass');
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_requirements"(ops.exceptions, ops_private.requirements_in_force[]) IS 'What policy asks of the approvals of an exception: the rows exception_approvals of its gates, and, since a gate_bypass covers approvals, what its gates ask of those beside their number: own token, second factor, named people. persona: that of the people named.';

REVOKE ALL ON FUNCTION "ops_private"."exception_requirements"(ops.exceptions, ops_private.requirements_in_force[]) FROM PUBLIC;
