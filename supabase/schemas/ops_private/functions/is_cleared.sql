-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_cleared (
  status ops.ops_gate_status
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return status in ('passed', 'bypassed');
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_cleared"(ops.ops_gate_status) IS 'Whether a gate with this status lets a release go on.';

REVOKE ALL ON FUNCTION "ops_private"."is_cleared"(ops.ops_gate_status) FROM PUBLIC;
