-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.shape_pattern (
  place text,
  shape jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select string_agg(
      ops_private.field_pattern(format('%s.%s', place, r.rule ->> 'field'), r.rule), ' && ' order by r.number)
    from jsonb_array_elements(shape) with ordinality as r (rule, number)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."shape_pattern"(text, jsonb) IS 'The predicates of all fields of a shape (ops_private.field_pattern), joined by and.';

REVOKE ALL ON FUNCTION "ops_private"."shape_pattern"(text, jsonb) FROM PUBLIC;
