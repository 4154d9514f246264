-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.parse_time (
  value text
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (value ~ ('^2[01]\d\d-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?'
      '(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$') collate "C") is not true then
    return null;
  end if;
  return value::timestamptz;
exception when datetime_field_overflow or invalid_time_zone_displacement_value then
  return null; -- for example the 30th of February, or an offset that is too large
end
$function$;

COMMENT ON FUNCTION "ops_private"."parse_time"(text) IS 'A full ISO 8601 time with an offset, of the years 2000 to 2199; null for anything else. Because of the offset the result does not depend on the time zone of the session.';

REVOKE ALL ON FUNCTION "ops_private"."parse_time"(text) FROM PUBLIC;
