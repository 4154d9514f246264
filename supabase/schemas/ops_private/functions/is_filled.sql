-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_filled (
  document jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- The edge function has the same rule (isFilled in names.ts), and an ordinary event meets it by its pattern.
  return jsonb_typeof(document) = 'object' and exists (
    select from jsonb_path_query(document, 'strict $.** ? (@.type() == "string" || @.type() == "number" || @.type() == "boolean")')
      as said (value)
    where jsonb_typeof(said.value) <> 'string' or said.value #>> '{}' ~ '[!-~]' or ops_private.is_stated(said.value #>> '{}')
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_filled"(jsonb) IS 'Whether a document of bounded size says something: an object that holds a number, a truth value, or a text with a visible character, at any depth. Null for null.';

REVOKE ALL ON FUNCTION "ops_private"."is_filled"(jsonb) FROM PUBLIC;
