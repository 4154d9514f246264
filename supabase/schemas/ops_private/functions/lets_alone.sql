-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.lets_alone (
  release_id uuid,
  gates      ops.ops_gate_code[],
  policy     ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return cardinality(gates) > 0 and not exists (
    select from unnest(gates) as g (code)
    where not exists (
      select from ops_private.requirements_of(lets_alone.release_id, policy) as n
      where n.gate_code = g.code and n.kind = 'alone'
    )
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."lets_alone"(uuid, ops.ops_gate_code[], ops_private.requirements_in_force[]) IS 'Whether the policy of a release has the kind alone on each of these gates. policy: as ops_private.requirements_of.';

REVOKE ALL ON FUNCTION "ops_private"."lets_alone"(uuid, ops.ops_gate_code[], ops_private.requirements_in_force[]) FROM PUBLIC;
