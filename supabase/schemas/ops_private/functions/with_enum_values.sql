-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.with_enum_values (
  shape jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select jsonb_agg(r.rule - 'enum'
      || case when r.rule ? 'enum' then jsonb_build_object('values', (
        select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
        where e.enumtypid = format('ops.%I', r.rule ->> 'enum')::regtype
      )) else '{}' end
      || case when r.rule ? 'of' then jsonb_build_object('of', ops_private.with_enum_values(r.rule -> 'of'))
        else '{}' end
      order by r.number)
    from jsonb_array_elements(shape) with ordinality as r (rule, number)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."with_enum_values"(jsonb) IS 'A shape with the values of the enum of ops filled in for each rule that names one.';

REVOKE ALL ON FUNCTION "ops_private"."with_enum_values"(jsonb) FROM PUBLIC;
