-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.acts_for_all()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (current_setting('role') = 'service_role') is true or ops_private.is_owner();
end
$function$;

COMMENT ON FUNCTION "ops_private"."acts_for_all"() IS 'Whether the caller acts for every person and project: with a secret key, or as the owner.';

REVOKE ALL ON FUNCTION "ops_private"."acts_for_all"() FROM PUBLIC;
