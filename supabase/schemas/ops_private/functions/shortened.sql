-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.shortened (
  words text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return left(words, 200);
end
$function$;

COMMENT ON FUNCTION "ops_private"."shortened"(text) IS 'The first 200 characters of a text: as much as a message says of it.';

REVOKE ALL ON FUNCTION "ops_private"."shortened"(text) FROM PUBLIC;
