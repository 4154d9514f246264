-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_on_record (
  report ops.contested_reports
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return report.event_type not in ('deployment_event', 'health_check') or exists (
    select from ops.deployments d
    where d.release_id = report.release_id and d.environment = report.environment and d.target = report.target
      and d.deployment_ref = report.deployment_ref
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_on_record"(ops.contested_reports) IS 'Whether the deployment that a contested report is about is on record; true of reports that are about none.';

REVOKE ALL ON FUNCTION "ops_private"."is_on_record"(ops.contested_reports) FROM PUBLIC;
