-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.requirements_in_words (
  requirements jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return left((
    select string_agg(concat_ws(' ', e.value ->> 'kind', e.value ->> 'subject'), ', ' order by e.ordinality)
    from jsonb_array_elements(requirements) with ordinality as e
  ), 2000);
end
$function$;

COMMENT ON FUNCTION "ops_private"."requirements_in_words"(jsonb) IS 'Kind and subject of each requirement of a list.';

REVOKE ALL ON FUNCTION "ops_private"."requirements_in_words"(jsonb) FROM PUBLIC;
