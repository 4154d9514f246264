-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_conditions (
  exception ops.exceptions,
  policy    ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS ops_private.approval_conditions
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.strictest(array(
    select n.asked from ops_private.exception_requirements(exception, policy) as n));
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_conditions"(ops.exceptions, ops_private.requirements_in_force[]) IS 'What each approval of an exception must meet: the most that policy asks. Named people are asked for by ops_private.named_missing.';

REVOKE ALL ON FUNCTION "ops_private"."exception_conditions"(ops.exceptions, ops_private.requirements_in_force[]) FROM PUBLIC;
