-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.version()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return '0.10.0';
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."version"() TO "audit_reader", "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."version"() IS 'The version of the release gates that this schema is of, such as 0.9.0. `ops-gates --version` says that of the client.';

REVOKE ALL ON FUNCTION "ops"."version"() FROM PUBLIC;
