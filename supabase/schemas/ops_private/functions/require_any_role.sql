-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_any_role()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Each question about a release asks this. The secret key is answered without another call.
  if current_setting('role') = 'service_role' then
    return true;
  end if;
  return ops_private.require_role(
    'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_any_role"() IS 'Returns true when the caller is service_role, or an active member in one of the six roles. Raises 42501 otherwise.';

REVOKE ALL ON FUNCTION "ops_private"."require_any_role"() FROM PUBLIC;
