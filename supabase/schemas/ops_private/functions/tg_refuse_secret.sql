-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_secret()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refuse_secret(new);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_secret"() IS 'Before insert or update of a table that events do not write: ops_private.refuse_secret.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_secret"() FROM PUBLIC;
