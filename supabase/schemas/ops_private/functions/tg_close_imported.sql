-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_close_imported()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.imported_at := new.created_at;
  new.closed_at := new.created_at;
  new.closed_by := new.created_by;
  new.close_reason := 'imported';
  new.name_freed := true;
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_close_imported"() IS 'Before insert of a release of the past: closes it at its birth, so that there is no moment at which it was open, and frees its name.';

REVOKE ALL ON FUNCTION "ops_private"."tg_close_imported"() FROM PUBLIC;
