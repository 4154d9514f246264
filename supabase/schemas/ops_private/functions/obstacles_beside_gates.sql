-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.obstacles_beside_gates (
  release ops.releases,
  target  ops.ops_environment,
  as_of   timestamp with time zone,
  policy  ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS SETOF ops_private.obstacle
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_finding ops.gate_finding;
  v_gates ops.ops_gate_code[];
begin
  for v_finding in
    select f.* from ops_private.production_findings(
      release, obstacles_beside_gates.as_of, obstacles_beside_gates.policy) as f
    where target = 'production'
    union all
    select f.* from ops_private.release_objections(
      release, obstacles_beside_gates.as_of, obstacles_beside_gates.policy) as f
    where release.objected or release.contested
  loop
    v_gates := case when v_finding.gate_code is null then ops_private.gates_before('production')
      else array[v_finding.gate_code] end;
    return next row(v_finding, case when release.excepted
      then ops_private.covering_exception(
        release.release_id, v_gates, false, obstacles_beside_gates.as_of, obstacles_beside_gates.policy) end);
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."obstacles_beside_gates"(ops.releases, ops.ops_environment, timestamp
  with time zone, ops_private.requirements_in_force[]) IS 'What would keep a release out of staging or production beside its gates, and the exceptions that cover it: for production a failure in staging and what policy asks; objections to the release as a whole. A gate_bypass covers what it names: G3 also what policy asks of production; G4 also a failure in staging; G1, G2 and G3 together also an objection to the release as a whole.';

REVOKE ALL ON FUNCTION "ops_private"."obstacles_beside_gates"(ops.releases, ops.ops_environment, timestamp WITH time zone, ops_private.requirements_in_force[]) FROM PUBLIC;
