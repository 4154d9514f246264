-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.uuid_or_null (
  value text
)
  RETURNS uuid
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when translate(value, '123456789abcdefABCDEF', '000000000000000000000') = '00000000-0000-0000-0000-000000000000'
      then value::uuid
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."uuid_or_null"(text) IS 'A text as a UUID, if it is one with hyphens; otherwise null.';

REVOKE ALL ON FUNCTION "ops_private"."uuid_or_null"(text) FROM PUBLIC;
