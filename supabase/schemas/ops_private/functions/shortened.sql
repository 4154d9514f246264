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
  return left(words, 201);
end
$function$;

COMMENT ON FUNCTION "ops_private"."shortened"(text) IS 'The first 201 characters of a text: a message says 200 of them, and the sender sees that there are more.';

REVOKE ALL ON FUNCTION "ops_private"."shortened"(text) FROM PUBLIC;
