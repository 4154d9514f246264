-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_on_gate (
  kind ops.ops_requirement_kind
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- As on_gate of ops_private.policy_rows.
  return kind in ('prior_gate', 'check', 'no_failed_checks', 'approval', 'evidence', 'deployment_health');
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_on_gate"(ops.ops_requirement_kind) IS 'Whether the verdict on a gate depends on requirements of a kind. Others ask something of production or of exceptions.';

REVOKE ALL ON FUNCTION "ops_private"."is_on_gate"(ops.ops_requirement_kind) FROM PUBLIC;
