-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.evidence_shape()
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return '{"field": "evidence", "type": "list", "max": 50, "of": [
    {"field": "artifact_type", "type": "enum", "required": true, "enum": "ops_artifact_type"},
    {"field": "artifact_url", "type": "uri", "required": true},
    {"field": "sha256", "type": "sha256"}]}'::jsonb;
end
$function$;

COMMENT ON FUNCTION "ops_private"."evidence_shape"() IS 'The rule for the field evidence[], which several event types have. ops_private.record writes its entries.';

REVOKE ALL ON FUNCTION "ops_private"."evidence_shape"() FROM PUBLIC;
