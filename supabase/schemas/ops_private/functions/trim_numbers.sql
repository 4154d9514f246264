-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.trim_numbers (
  value jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case jsonb_typeof(value)
    when 'number' then to_jsonb(trim_scale(value::numeric))
    -- Numbers are trimmed here and not by a call each: an event may have thousands.
    when 'array' then (
      select coalesce(jsonb_agg(case jsonb_typeof(e.value)
        when 'number' then to_jsonb(trim_scale(e.value::numeric))
        when 'string' then e.value else ops_private.trim_numbers(e.value) end order by e.ordinality), '[]')
      from jsonb_array_elements(value) with ordinality as e)
    when 'object' then (
      select coalesce(jsonb_object_agg(e.key, case jsonb_typeof(e.value)
        when 'number' then to_jsonb(trim_scale(e.value::numeric))
        when 'string' then e.value else ops_private.trim_numbers(e.value) end), '{}')
      from jsonb_each(value) as e)
    else value
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."trim_numbers"(jsonb) IS 'The document with trailing zeros of numbers removed at any depth (1.0 becomes 1), so that equal contents have equal hashes.';

REVOKE ALL ON FUNCTION "ops_private"."trim_numbers"(jsonb) FROM PUBLIC;
