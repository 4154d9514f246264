-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.loggable (
  value jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_text constant text := ops_private.short_text(loggable.value);
begin
  return case when not ops_private.has_secret(v_text) then v_text end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."loggable"(jsonb) IS 'A JSON string of at most 255 bytes without a secret, as text; null for anything else.';

REVOKE ALL ON FUNCTION "ops_private"."loggable"(jsonb) FROM PUBLIC;
