-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.place_of (
  environment ops.ops_environment,
  target      text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case when target = 'default' then environment::text else format('%s, target %s', environment, target) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."place_of"(ops.ops_environment, text) IS 'An environment and a target in words.';

REVOKE ALL ON FUNCTION "ops_private"."place_of"(ops.ops_environment, text) FROM PUBLIC;
