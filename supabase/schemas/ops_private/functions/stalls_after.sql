-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.stalls_after()
  RETURNS interval
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return '24 hours'::interval;
end
$function$;

COMMENT ON FUNCTION "ops_private"."stalls_after"() IS 'How long nothing must be reported of a deployment in progress before it can be dismissed.';

REVOKE ALL ON FUNCTION "ops_private"."stalls_after"() FROM PUBLIC;
