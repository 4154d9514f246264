-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.issue (
  path    jsonb,
  code    text,
  message text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_build_array(jsonb_build_object('path', path, 'code', code, 'message', message));
end
$function$;

COMMENT ON FUNCTION "ops_private"."issue"(jsonb, text, text) IS 'One issue of a refused event, as an array with one entry: path, code, and what was expected. It never contains what was sent.';

REVOKE ALL ON FUNCTION "ops_private"."issue"(jsonb, text, text) FROM PUBLIC;
