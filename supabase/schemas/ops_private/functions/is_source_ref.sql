-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_source_ref (
  value text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.is_name(value) and not (value ~* '^[0-9a-f]{7,39}$' and value ~* '[a-f]');
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_source_ref"(text) IS 'Whether a text says what is released: a full commit id (40 or 64 hex digits) or a name, for example of a tag. Not the 7 to 39 hex digits of a short id, which would match nothing. False for null.';

REVOKE ALL ON FUNCTION "ops_private"."is_source_ref"(text) FROM PUBLIC;
