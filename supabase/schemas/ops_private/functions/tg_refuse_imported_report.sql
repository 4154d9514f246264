-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_refuse_imported_report()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = 'OPS12', message = 'the deployment is of a release of the past',
    hint = 'send a deployment_event with "imported": true';
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_refuse_imported_report"() IS 'Before a direct update of a deployment of a release of the past: raises OPS12. Events report what became of it.';

REVOKE ALL ON FUNCTION "ops_private"."tg_refuse_imported_report"() FROM PUBLIC;
