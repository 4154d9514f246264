-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_unreadable (
  report ops.contested_reports
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case report.event_type
    when 'build_complete' then report.check_name is null
    when 'gate_signoff' then num_nulls(report.gate_id, report.approver_id, report.persona_role) > 0
    else num_nulls(report.environment, report.target, report.deployment_ref) > 0
      or report.event_type = 'health_check' and report.check_name is null
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_unreadable"(ops.contested_reports) IS 'Whether a contested report does not say which check, deployment or person it is about.';

REVOKE ALL ON FUNCTION "ops_private"."is_unreadable"(ops.contested_reports) FROM PUBLIC;
