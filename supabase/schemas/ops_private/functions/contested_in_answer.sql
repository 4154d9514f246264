-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_in_answer (
  report    ops.contested_reports,
  gate_code ops.ops_gate_code
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_place ops_private.contested;
  v_finding ops.gate_finding;
begin
  v_place.report := report;
  v_place.gate_code := contested_in_answer.gate_code;
  v_finding := ops_private.find_contested(v_place, 'infinity');
  return jsonb_strip_nulls(jsonb_build_object(
    'gate_code', v_place.gate_code, 'status', report.status, 'subject', v_finding.subject, 'who', v_finding.who,
    'remedy', v_finding.remedy));
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_in_answer"(ops.contested_reports, ops.ops_gate_code) IS 'What the answer to a refused event says of one contested report.';

REVOKE ALL ON FUNCTION "ops_private"."contested_in_answer"(ops.contested_reports, ops.ops_gate_code) FROM PUBLIC;
