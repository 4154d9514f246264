-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gates_before (
  environment ops.ops_environment
)
  RETURNS ops.ops_gate_code[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case environment when 'production' then '{G1,G2,G3}'::ops.ops_gate_code[]
    when 'staging' then '{G1,G2}' else '{}' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gates_before"(ops.ops_environment) IS 'The gates that must be passed or bypassed before a release goes to an environment, in order.';

REVOKE ALL ON FUNCTION "ops_private"."gates_before"(ops.ops_environment) FROM PUBLIC;
