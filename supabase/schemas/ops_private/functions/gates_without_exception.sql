-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gates_without_exception (
  release ops.releases,
  as_of   timestamp with time zone,
  to_gate ops.ops_gate_code
)
  RETURNS ops.release_gates[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_plain ops.releases := release;
begin
  v_plain.excepted := false;
  return array(
    select v.gate
    from unnest((ops_private.judge(v_plain, 'G1', as_of, to_gate => to_gate)).verdicts) with ordinality as v
    order by v.ordinality
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."gates_without_exception"(ops.releases, timestamp with time zone, ops.ops_gate_code) IS 'The gates of a release as its facts alone make them. Time changes nothing of that, so it is the answer whenever no exception is active.';

REVOKE ALL ON FUNCTION "ops_private"."gates_without_exception"(ops.releases, timestamp WITH time zone, ops.ops_gate_code) FROM PUBLIC;
