CREATE OR REPLACE FUNCTION ops.plain_shape (
  place text,
  shape jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return (
    select string_agg(ops.plain_field(format('%s.%s', place, r.rule ->> 'field'), r.rule), ' && ' order by r.number)
    from jsonb_array_elements(shape) with ordinality as r (rule, number)
  );
end
$function$;

COMMENT ON FUNCTION "ops"."plain_shape"(text, jsonb) IS 'ops.plain_field of each field of a shape, all of them asked for.';

REVOKE ALL ON FUNCTION "ops"."plain_shape"(text, jsonb) FROM PUBLIC;
