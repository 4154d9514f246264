-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.wall_clock()
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return clock_timestamp();
end
$function$;

COMMENT ON FUNCTION "ops_private"."wall_clock"() IS 'The present moment, for views. clock_timestamp() is volatile: the planner cannot drop columns of a view that calls it directly. This function is stable.';
