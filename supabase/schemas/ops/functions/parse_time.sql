CREATE OR REPLACE FUNCTION ops.parse_time (
  value text
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
declare
  v_text constant text collate "C" := value;
begin
  -- Nearly every time is in ranges that no cast refuses. Then no subtransaction is needed.
  if v_text ~ ('^2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?'
      '(Z|[+-](0\d|1[0-4]):[0-5]\d)$') then
    return value::timestamptz;
  elsif (v_text ~ ('^[2-9]\d{3}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?'
      '(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$')) is not true then
    return null;
  end if;
  begin
    return value::timestamptz;
  exception when datetime_field_overflow or invalid_time_zone_displacement_value then
    return null; -- the 30th of February, or an offset that no place has
  end;
end
$function$;

COMMENT ON FUNCTION "ops"."parse_time"(text) IS 'A full ISO 8601 time with an offset, of the year 2000 or later; null for anything else. The offset makes it independent of the session''s time zone.';

REVOKE ALL ON FUNCTION "ops"."parse_time"(text) FROM PUBLIC;
