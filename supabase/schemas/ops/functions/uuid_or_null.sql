CREATE OR REPLACE FUNCTION ops.uuid_or_null (
  value text
)
  RETURNS uuid
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return case when value ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then value::uuid end;
end
$function$;

COMMENT ON FUNCTION "ops"."uuid_or_null"(text) IS 'A text as a UUID; null when it is none.';

REVOKE ALL ON FUNCTION "ops"."uuid_or_null"(text) FROM PUBLIC;
