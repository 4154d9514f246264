-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_no_policy (
  gate ops.release_gates
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
begin
  f.gate_id := gate.gate_id;
  f.gate_code := gate.gate_code;
  f.enforcement := 'blocking';
  f.state := 'unsatisfied';
  f.requirement := 'a blocking requirement';
  f.detail := 'the policy in force has no blocking requirement';
  f.remedy := 'set a policy for the gate, and open the release under a new name';
  f.who := 'service_role';
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_no_policy"(ops.release_gates) IS 'The finding on a gate without a blocking requirement. Such a gate never passes.';

REVOKE ALL ON FUNCTION "ops_private"."find_no_policy"(ops.release_gates) FROM PUBLIC;
