-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_filter (
  key    text,
  wanted text
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = '22023',
    message = format('the filter of releases cannot have this: %s', left(key, 100)), detail = wanted,
    hint = 'the keys are project, status, environment, mine, waiting and text';
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_filter"(text, text) IS 'Raises 22023: a key that no filter has, or a value that it cannot have. wanted: what it can have.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_filter"(text, text) FROM PUBLIC;
