-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_named (
  gate_id uuid
)
  RETURNS ops.release_gates
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate ops.release_gates;
begin
  select g.* into v_gate from ops.release_gates g where g.gate_id = gate_named.gate_id;
  if not found or not ops_private.sees(v_gate.project) then
    perform ops_private.refuse_unseen(
      'gate', v_gate.project, 'ops.promotion_blockers and ops.v_release_gate_summary show the gate_id of each gate');
  end if;
  return v_gate;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_named"(uuid) IS 'The gate with this id. Raises OPS04 when there is none, or the caller may not act for its project (ops_private.refuse_unseen).';

REVOKE ALL ON FUNCTION "ops_private"."gate_named"(uuid) FROM PUBLIC;
