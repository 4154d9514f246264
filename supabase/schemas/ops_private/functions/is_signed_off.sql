-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_signed_off (
  release_id uuid,
  gate_code  ops.ops_gate_code
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.release_gates g
    join ops.approvals a on a.release_id = g.release_id and a.gate_id = g.gate_id
    where g.release_id = is_signed_off.release_id and g.gate_code = is_signed_off.gate_code
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_signed_off"(uuid, ops.ops_gate_code) IS 'Whether anybody ever decided on a gate of a release.';

REVOKE ALL ON FUNCTION "ops_private"."is_signed_off"(uuid, ops.ops_gate_code) FROM PUBLIC;
