-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.role_order()
  RETURNS text[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array['audit_reader', 'developer', 'qa_tester', 'sre', 'release_manager', 'ci_service_role'];
end
$function$;

COMMENT ON FUNCTION "ops_private"."role_order"() IS 'The six roles, the one that may do least first: in this order a sign-in chooses among those that a member holds.';

REVOKE ALL ON FUNCTION "ops_private"."role_order"() FROM PUBLIC;
