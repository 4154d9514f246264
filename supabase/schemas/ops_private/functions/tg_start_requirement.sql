-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_start_requirement()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.valid_from := clock_timestamp();
  new.valid_to := null;
  new.closed_by := null;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_start_requirement"() IS 'Before insert: the row is open and applies from now on, whatever the caller sent.';

REVOKE ALL ON FUNCTION "ops_private"."tg_start_requirement"() FROM PUBLIC;
