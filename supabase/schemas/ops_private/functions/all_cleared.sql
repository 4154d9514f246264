-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.all_cleared (
  gates  ops.release_gates[],
  before ops.ops_gate_code
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  g ops.release_gates;
begin
  foreach g in array gates loop
    if g.gate_code < all_cleared.before and g.status not in ('passed', 'bypassed') then
      return false;
    end if;
  end loop;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."all_cleared"(ops.release_gates[], ops.ops_gate_code) IS 'Whether all gates of a release before one are cleared.';

REVOKE ALL ON FUNCTION "ops_private"."all_cleared"(ops.release_gates[], ops.ops_gate_code) FROM PUBLIC;
