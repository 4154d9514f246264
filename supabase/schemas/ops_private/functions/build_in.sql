-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.build_in (
  envelope jsonb,
  OUT      own_check ops.name,
  OUT      part ops.name
)
  RETURNS record
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  own_check := ops_private.readable_name(envelope #> '{payload,check_name}', 'build');
  part := ops_private.readable_name(envelope #> '{payload,part}', own_check);
end
$function$;

COMMENT ON FUNCTION "ops_private"."build_in"(jsonb) IS 'The check of a build event itself and the part that was built, as far as they can be read.';

REVOKE ALL ON FUNCTION "ops_private"."build_in"(jsonb) FROM PUBLIC;
