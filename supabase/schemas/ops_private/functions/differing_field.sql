-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.differing_field (
  first  jsonb,
  second jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select left(min(k.name), 255) from (
      select jsonb_object_keys(first - 'payload') as name union select jsonb_object_keys(second - 'payload')
      union select 'payload.' || jsonb_object_keys(first -> 'payload')
      union select 'payload.' || jsonb_object_keys(second -> 'payload')
    ) as k
    where case when k.name like 'payload.%'
      then first -> 'payload' -> substr(k.name, 9) is distinct from second -> 'payload' -> substr(k.name, 9)
      else first -> k.name is distinct from second -> k.name end
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."differing_field"(jsonb, jsonb) IS 'Name of the first field, in alphabetical order, in which two canonical contents differ.';

REVOKE ALL ON FUNCTION "ops_private"."differing_field"(jsonb, jsonb) FROM PUBLIC;
