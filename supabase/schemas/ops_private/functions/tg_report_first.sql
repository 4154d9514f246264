-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_report_first()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.add_report(new, new.status, new.status_observed_at, new.deployed_at, new.deployed_by);
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_report_first"() IS 'After insert of a deployment: records its first report.';

REVOKE ALL ON FUNCTION "ops_private"."tg_report_first"() FROM PUBLIC;
