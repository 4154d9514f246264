-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_let_in (
  release  ops.releases,
  statuses ops.ops_gate_status[],
  target   ops.ops_environment,
  policy   ops_private.requirements_in_force[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return statuses[1:cardinality(ops_private.gates_before(target))] <@ '{passed,bypassed}'::ops.ops_gate_status[]
    and not exists (
      select from ops_private.obstacles_beside_gates(release, target, release.recorded_until, policy) as o
      where o.exception_id is null);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_let_in"(ops.releases, ops.ops_gate_status[], ops.ops_environment, ops_private.requirements_in_force[]) IS 'Whether a release was eligible for an environment at its newest fact, by these statuses of its gates, G1 first. policy: as ops_private.requirements_of.';

REVOKE ALL ON FUNCTION "ops_private"."is_let_in"(ops.releases, ops.ops_gate_status[], ops.ops_environment, ops_private.requirements_in_force[]) FROM PUBLIC;
