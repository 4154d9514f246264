-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_by_machine (
  report ops.contested_reports
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return report.created_role in ('ci_service_role', 'service_role');
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_by_machine"(ops.contested_reports) IS 'Whether a pipeline sent a contested report, or the holder of the secret key.';

REVOKE ALL ON FUNCTION "ops_private"."is_by_machine"(ops.contested_reports) FROM PUBLIC;
