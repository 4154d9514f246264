CREATE OR REPLACE FUNCTION ops.require_any_role()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return ops.require_role(
    'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
  );
end
$function$;

COMMENT ON FUNCTION "ops"."require_any_role"() IS 'True, or raises 42501: whether the caller is service_role or one of the six roles.';

REVOKE ALL ON FUNCTION "ops"."require_any_role"() FROM PUBLIC;
