-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_imported()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = 'OPS02', message = 'only ops.import_release records a release of the past',
    hint = 'call it, or `ops-gates import`, in place of the insert';
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_imported"() IS 'Before insert of a release that is said to be of the past by another than ops.import_release: raises OPS02.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_imported"() FROM PUBLIC;
