-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_stated (
  value text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(
    octet_length(value) <= 8192 and (value collate "C" ~ '[!-~]' or ops_private.is_readable(value, false)), false);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_stated"(text) IS 'Whether a text says something: at most 8192 bytes, and at least one visible character. False for null. The check of the domain ops.statement says the same without this call.';

REVOKE ALL ON FUNCTION "ops_private"."is_stated"(text) FROM PUBLIC;
