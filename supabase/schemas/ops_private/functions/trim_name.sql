-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.trim_name (
  name text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return btrim(name, U&' \0009\000A\000B\000C\000D\00A0\2007\200B\202F\3000\FEFF');
end
$function$;

COMMENT ON FUNCTION "ops_private"."trim_name"(text) IS 'The name without blanks at its ends: spaces, tabs, line ends, no-break spaces, ideographic spaces and byte order marks.';

REVOKE ALL ON FUNCTION "ops_private"."trim_name"(text) FROM PUBLIC;
