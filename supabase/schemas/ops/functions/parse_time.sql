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
  -- Nearly every time: as programs write it, in ranges that no cast refuses. Then no subtransaction is needed.
  if translate(v_text, '123456789', '000000000') in (
      '0000-00-00T00:00:00Z', '0000-00-00T00:00:00.000Z', '0000-00-00T00:00:00.000000Z',
      '0000-00-00T00:00:00+00:00', '0000-00-00T00:00:00-00:00',
      '0000-00-00T00:00:00.000000+00:00', '0000-00-00T00:00:00.000000-00:00'
    )
    and left(v_text, 1) >= '2' and substr(v_text, 6, 2) between '01' and '12' and substr(v_text, 9, 2) between '01' and '28'
    and substr(v_text, 12, 2) <= '23' and substr(v_text, 15, 2) <= '59' and substr(v_text, 18, 2) <= '59'
    and (right(v_text, 1) = 'Z' or left(right(v_text, 5), 2) <= '14' and right(v_text, 2) <= '59') then
    return value::timestamptz;
  end if;
  if value !~ '^[2-9]\d{3}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$' then
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
