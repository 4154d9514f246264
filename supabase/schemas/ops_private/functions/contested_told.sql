-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_told (
  c         ops.contested_reports,
  gate_code ops.ops_gate_code
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_told constant jsonb := ops_private.contested_in_answer(c, gate_code);
begin
  return jsonb_build_object(
    'text', ops_private.shortened(concat_ws(': ', c.status, v_told ->> 'subject')),
    'missing', jsonb_build_array(jsonb_build_object(
      'what', ops_private.shortened(format('a refused report says %s', c.status)), 'remedy', ops_private.shortened(v_told ->> 'remedy'),
      'who', v_told ->> 'who')));
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_told"(ops.contested_reports, ops.ops_gate_code) IS 'What a message says of a contested report.';

REVOKE ALL ON FUNCTION "ops_private"."contested_told"(ops.contested_reports, ops.ops_gate_code) FROM PUBLIC;
