-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_member_role (
  role text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return role in ('ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_member_role"(text) IS 'Whether a role is one of the six that a membership gives.';
