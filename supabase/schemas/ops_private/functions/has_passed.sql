-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.has_passed (
  moment timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return moment <= clock_timestamp();
end
$function$;

COMMENT ON FUNCTION "ops_private"."has_passed"(timestamp with time zone) IS 'Whether a moment is not after the wall clock. For views: one that named clock_timestamp() itself would read all that nobody asks for.';
