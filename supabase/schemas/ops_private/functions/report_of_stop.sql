-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.report_of_stop (
  report ops.contested_reports,
  stop   ops_private.stop
)
  RETURNS ops.contested_reports
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  report.status := stop.status;
  report.gate_id := (
    select g.gate_id from ops.release_gates g where g.release_id = report.release_id and g.gate_code = stop.gate_code);
  report.check_name := stop.check_name;
  report.environment := stop.environment;
  report.target := stop.target;
  report.deployment_ref := stop.deployment_ref;
  report.approver_id := stop.approver_id;
  report.persona_role := stop.persona_role;
  return report;
end
$function$;

COMMENT ON FUNCTION "ops_private"."report_of_stop"(ops.contested_reports, ops_private.stop) IS 'The contested report of one stop of a refused event (ops_private.refused_report).';

REVOKE ALL ON FUNCTION "ops_private"."report_of_stop"(ops.contested_reports, ops_private.stop) FROM PUBLIC;
