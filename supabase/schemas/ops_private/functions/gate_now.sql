-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_now (
  release_id uuid,
  gate_id    uuid
)
  RETURNS ops.release_gates
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.releases', 'ops.release_gates');
  return ops_private.judged_gate(ops_private.release_named(gate_now.release_id), gate_now.gate_id);
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_now"(uuid, uuid) IS 'The verdict on a gate now, by the facts and the active exceptions. For the gate summary view. Raises 42501 when the caller may not read gates.';
