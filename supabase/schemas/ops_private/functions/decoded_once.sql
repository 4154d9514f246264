-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.decoded_once (
  value text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  -- Escapes of JSON, and the colours of a terminal.
  v_text text := regexp_replace(value, '\\(u[0-9a-fA-F]{4}|[bfnrt"/])?|\[[0-9;]*m', ' ', 'g');
  v_code text[];
begin
  if position('%' in v_text) > 0 then
    foreach v_code slice 1 in array array[
      ['%21', '!'], ['%23', '#'], ['%26', '&'], ['%2B', '+'], ['%2D', '-'], ['%2E', '.'], ['%2F', '/'], ['%3A', ':'],
      ['%3B', ';'], ['%3D', '='], ['%3F', '?'], ['%40', '@'], ['%5F', '_'], ['%7E', '~']
    ] loop
      v_text := replace(replace(v_text, v_code[1], v_code[2]), lower(v_code[1]), v_code[2]);
    end loop;
    v_text := regexp_replace(v_text, '%[0-9A-Fa-f]{2}', ' ', 'g');
  end if;
  return v_text;
end
$function$;

COMMENT ON FUNCTION "ops_private"."decoded_once"(text) IS 'A text after one pass of percent-decoding. Escapes of JSON, colours of a terminal and other percent codes become blanks.';

REVOKE ALL ON FUNCTION "ops_private"."decoded_once"(text) FROM PUBLIC;
