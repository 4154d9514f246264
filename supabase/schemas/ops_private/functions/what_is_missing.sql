-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.what_is_missing (
  findings ops.gate_finding[]
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) - array['gate_id', 'gate_code', 'ordinality'] order by f.ordinality), '[]')
    from unnest(findings) with ordinality as f
    where f.enforcement = 'blocking' and f.state <> 'satisfied'
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."what_is_missing"(ops.gate_finding[]) IS 'The blocking findings that are not satisfied, as an answer shows them.';

REVOKE ALL ON FUNCTION "ops_private"."what_is_missing"(ops.gate_finding[]) FROM PUBLIC;
