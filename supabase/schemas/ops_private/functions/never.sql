-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.never()
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- not infinity, which few clients can read
  return '9999-12-31 00:00:00+00'::timestamptz;
end
$function$;

COMMENT ON FUNCTION "ops_private"."never"() IS 'The moment that lapses_at of ops.releases has while nothing of the release lapses: 9999-12-31.';

REVOKE ALL ON FUNCTION "ops_private"."never"() FROM PUBLIC;
