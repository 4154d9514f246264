-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.short_text (
  value jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case when jsonb_typeof(value) = 'string' and octet_length(value #>> '{}') <= 255 then value #>> '{}' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."short_text"(jsonb) IS 'A JSON string of at most 255 bytes, as text; null for anything else.';

REVOKE ALL ON FUNCTION "ops_private"."short_text"(jsonb) FROM PUBLIC;
