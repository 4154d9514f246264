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
declare
  v_identity constant text[] := ops_private.identity_fields(first ->> 'event_type');
begin
  return (
    select left(k.name, 255) from (
      select jsonb_object_keys(first - 'payload') as name union select jsonb_object_keys(second - 'payload')
      union select 'payload.' || jsonb_object_keys(first -> 'payload')
      union select 'payload.' || jsonb_object_keys(second -> 'payload')
    ) as k
    where case when k.name like 'payload.%'
      then first -> 'payload' -> substr(k.name, 9) is distinct from second -> 'payload' -> substr(k.name, 9)
      else first -> k.name is distinct from second -> k.name end
    order by k.name <> all (v_identity), k.name limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."differing_field"(jsonb, jsonb) IS 'Name of the first field in which two canonical contents differ: an identity field if there is one (ops_private.identity_fields), in alphabetical order.';

REVOKE ALL ON FUNCTION "ops_private"."differing_field"(jsonb, jsonb) FROM PUBLIC;
