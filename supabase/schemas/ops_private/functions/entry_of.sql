-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.entry_of (
  requirement ops.gate_requirements
)
  RETURNS ops_private.policy_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_populate_record(null::ops_private.policy_entry, to_jsonb(requirement));
end
$function$;

COMMENT ON FUNCTION "ops_private"."entry_of"(ops.gate_requirements) IS 'What a requirement says, without where and when.';

REVOKE ALL ON FUNCTION "ops_private"."entry_of"(ops.gate_requirements) FROM PUBLIC;
