-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.pause_after (
  failures integer
)
  RETURNS interval
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (array['1 minute', '5 minutes', '15 minutes', '1 hour', '2 hours', '4 hours', '6 hours', '12 hours']::interval[]
  )[failures];
end
$function$;

COMMENT ON FUNCTION "ops_private"."pause_after"(integer) IS 'How long a delivery waits after so many failed tries: together a little more than a day. Null after the ninth: then it is set aside.';

REVOKE ALL ON FUNCTION "ops_private"."pause_after"(integer) FROM PUBLIC;
