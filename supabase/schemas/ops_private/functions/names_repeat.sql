-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.names_repeat (
  payload jsonb,
  list    text,
  once    jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_field constant text := once ->> 'field';
  v_names jsonb := jsonb_build_array(coalesce(payload ->> v_field, once ->> 'default'));
begin
  for v_place in 0 .. coalesce(jsonb_array_length(nullif(payload -> list, 'null')), 0) - 1 loop
    if v_names ? (payload -> list -> v_place ->> v_field) then
      return true;
    end if;
    v_names := v_names || (payload -> list -> v_place -> v_field);
  end loop;
  return false;
end
$function$;

COMMENT ON FUNCTION "ops_private"."names_repeat"(jsonb, text, jsonb) IS 'Whether a name occurs twice among the entries of a list and the payload around it, which has a default name.';

REVOKE ALL ON FUNCTION "ops_private"."names_repeat"(jsonb, text, jsonb) FROM PUBLIC;
