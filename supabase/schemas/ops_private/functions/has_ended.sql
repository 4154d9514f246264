-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.has_ended (
  report ops.contested_reports,
  as_of  timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.contested_report_ends e
    where e.release_id = report.release_id and e.contested_id = report.contested_id and e.created_at <= has_ended.as_of
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."has_ended"(ops.contested_reports, timestamp with time zone) IS 'Whether a contested report had ended at a moment.';

REVOKE ALL ON FUNCTION "ops_private"."has_ended"(ops.contested_reports, timestamp WITH time zone) FROM PUBLIC;
