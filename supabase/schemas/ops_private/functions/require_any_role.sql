-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_any_role()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Every question about a release calls this, so it must be fast: it calls require_role only to raise the error.
  if (current_setting('role') in (
      'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
    )) is not true then
    return ops_private.require_role(
      'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
    );
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_any_role"() IS 'Returns true when the caller is service_role or one of the six roles, otherwise raises 42501.';

REVOKE ALL ON FUNCTION "ops_private"."require_any_role"() FROM PUBLIC;
