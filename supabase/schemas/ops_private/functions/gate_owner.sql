-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_owner (
  gate_code ops.ops_gate_code
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case gate_code
    when 'G1' then 'ci_service_role' when 'G2' then 'qa_tester' when 'G3' then 'release_manager' else 'sre'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_owner"(ops.ops_gate_code) IS 'The role that is responsible for a gate and can supply what is missing.';

REVOKE ALL ON FUNCTION "ops_private"."gate_owner"(ops.ops_gate_code) FROM PUBLIC;
