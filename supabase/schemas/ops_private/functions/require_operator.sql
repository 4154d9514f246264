-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_operator()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.is_owner() or ops_private.require_role('service_role');
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_operator"() IS 'Returns true when the caller is service_role or the owner of the schemas. Raises 42501 otherwise. Functions that set up people, projects and policy call this first.';

REVOKE ALL ON FUNCTION "ops_private"."require_operator"() FROM PUBLIC;
