-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.entry_of (
  requirement ops.gate_requirements
)
  RETURNS ops_private.policy_entry
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    requirement.kind, requirement.subject, requirement.min_count, requirement.enforcement,
    requirement.separation_of_duties, requirement.valid_for, requirement.require_hash, requirement.own_token,
    requirement.aal2, requirement.accept_sso, requirement.approvers)::ops_private.policy_entry;
end
$function$;

COMMENT ON FUNCTION "ops_private"."entry_of"(ops.gate_requirements) IS 'What a requirement says, without where and when.';

REVOKE ALL ON FUNCTION "ops_private"."entry_of"(ops.gate_requirements) FROM PUBLIC;
