-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judged_gate (
  release ops.releases,
  gate_id uuid
)
  RETURNS ops.release_gates
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select v.gate
    from ops.release_gates g
    -- No gate depends on a later one.
    cross join unnest(
      (ops_private.judge(release, 'G1', ops_private.present(release), to_gate => g.gate_code)).verdicts) as v
    where g.gate_id = judged_gate.gate_id and (v.gate).gate_id = g.gate_id
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."judged_gate"(ops.releases, uuid) IS 'A gate of a release as the facts and the active exceptions make it now.';

REVOKE ALL ON FUNCTION "ops_private"."judged_gate"(ops.releases, uuid) FROM PUBLIC;
