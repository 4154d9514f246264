-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.present (
  release ops.releases
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return greatest(clock_timestamp(), release.recorded_until);
end
$function$;

COMMENT ON FUNCTION "ops_private"."present"(ops.releases) IS 'The present moment of a release: the wall clock, but never before its newest fact. So every fact counts, even if the clock of the server was set back.';

REVOKE ALL ON FUNCTION "ops_private"."present"(ops.releases) FROM PUBLIC;
