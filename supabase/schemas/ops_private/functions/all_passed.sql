-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.all_passed (
  statuses ops.ops_gate_status[],
  gates    ops.ops_gate_code[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return cardinality(array_positions(statuses[1:cardinality(gates)], 'passed')) = cardinality(gates);
end
$function$;

COMMENT ON FUNCTION "ops_private"."all_passed"(ops.ops_gate_status[], ops.ops_gate_code[]) IS 'Whether the first gates of a release are all passed. statuses: of its gates, G1 first. gates: from G1 on, without a gap.';

REVOKE ALL ON FUNCTION "ops_private"."all_passed"(ops.ops_gate_status[], ops.ops_gate_code[]) FROM PUBLIC;
