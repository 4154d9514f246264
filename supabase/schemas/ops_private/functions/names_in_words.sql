-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.names_in_words (
  names text[]
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array_to_string(names[1:5], ', ')
    || case when cardinality(names) > 5 then format(' and %s more', cardinality(names) - 5) else '' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."names_in_words"(text[]) IS 'The first five names of a list, and how many more there are.';

REVOKE ALL ON FUNCTION "ops_private"."names_in_words"(text[]) FROM PUBLIC;
