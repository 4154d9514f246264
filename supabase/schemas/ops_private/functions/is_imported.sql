-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_imported (
  envelope jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(envelope -> 'imported' = 'true', false);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_imported"(jsonb) IS 'Whether an event says that it is about a release of the past.';

REVOKE ALL ON FUNCTION "ops_private"."is_imported"(jsonb) FROM PUBLIC;
