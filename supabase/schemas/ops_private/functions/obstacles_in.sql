-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.obstacles_in (
  verdicts ops_private.gate_verdict[],
  release  ops.releases,
  target   ops.ops_environment,
  as_of    timestamp with time zone,
  policy   ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS SETOF ops_private.obstacle
  LANGUAGE plpgsql
  STABLE
  ROWS 4
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select f, (v.gate).exception_id
  from unnest(verdicts) as v
  cross join lateral unnest(v.findings) as f
  where (v.gate).gate_code = any (ops_private.gates_before(target)) and (v.gate).status <> 'passed'
    and f.enforcement = 'blocking' and f.state <> 'satisfied';
  return query
  select o.* from ops_private.obstacles_beside_gates(release, target, obstacles_in.as_of, obstacles_in.policy) as o;
end
$function$;

COMMENT ON FUNCTION "ops_private"."obstacles_in"(ops_private.gate_verdict[], ops.releases, ops.ops_environment, timestamp
  with time zone, ops_private.requirements_in_force[]) IS 'What would keep a release out of staging or production by these verdicts on its gates, and the exceptions that cover it. verdicts: of the gates from G1 on, at that moment and by that policy (ops_private.requirements_of).';

REVOKE ALL
  ON FUNCTION "ops_private"."obstacles_in"(ops_private.gate_verdict[], ops.releases, ops.ops_environment, timestamp WITH time zone, ops_private.requirements_in_force[])
  FROM PUBLIC;
