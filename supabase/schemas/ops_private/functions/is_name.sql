-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_name (
  value text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(
    octet_length(value) <= 255 and value collate "C" ~ '^[!-~]([ -~]*[!-~])?$' or ops_private.is_readable(value, true),
    false);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_name"(text) IS 'Whether a text is an ops.name. False for null. The check of the domain says the same without this call.';

REVOKE ALL ON FUNCTION "ops_private"."is_name"(text) FROM PUBLIC;
