-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.alone_after()
  RETURNS interval
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return '24 hours'::interval;
end
$function$;

COMMENT ON FUNCTION "ops_private"."alone_after"() IS 'How long nobody else must have been a release manager of a project before the one who is left is alone. So a revocation, by mistake or to get rid of somebody, gives nobody more power at once.';

REVOKE ALL ON FUNCTION "ops_private"."alone_after"() FROM PUBLIC;
