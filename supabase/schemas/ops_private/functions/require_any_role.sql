-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_any_role()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Asked with every question about a release, so the other function is only called to refuse.
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

COMMENT ON FUNCTION "ops_private"."require_any_role"() IS 'True, or raises 42501: whether the caller is service_role or one of the six roles.';

REVOKE ALL ON FUNCTION "ops_private"."require_any_role"() FROM PUBLIC;
