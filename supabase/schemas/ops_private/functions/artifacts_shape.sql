-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.artifacts_shape()
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return '{"field": "artifacts", "type": "list", "max": 100, "of": [
    {"field": "name", "type": "name", "required": true},
    {"field": "sha256", "type": "sha256", "required": true}]}'::jsonb;
end
$function$;

COMMENT ON FUNCTION "ops_private"."artifacts_shape"() IS 'The rule for the field artifacts[] of builds and deployments. ops_private.artifacts_listed reads it.';

REVOKE ALL ON FUNCTION "ops_private"."artifacts_shape"() FROM PUBLIC;
