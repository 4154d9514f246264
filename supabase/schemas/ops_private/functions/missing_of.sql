-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.missing_of (
  findings ops.gate_finding[]
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'what', ops_private.shortened(concat_ws(': ', m.requirement, m.detail)), 'remedy', ops_private.shortened(m.remedy), 'who', m.who
    ) order by m.ordinality), '[]')
    from unnest(findings) with ordinality as m where m.ordinality <= 20
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."missing_of"(ops.gate_finding[]) IS 'What a message says of findings: at most 20, each text at most 201 characters, of which a message says 200.';

REVOKE ALL ON FUNCTION "ops_private"."missing_of"(ops.gate_finding[]) FROM PUBLIC;
