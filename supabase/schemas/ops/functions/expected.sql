CREATE OR REPLACE FUNCTION ops.expected (
  value jsonb,
  rule  jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_type constant text := rule ->> 'type';
  v_text constant text := value #>> '{}';
begin
  if v_type = 'object' then
    return case when jsonb_typeof(value) <> 'object' or (rule ? 'filled' and value = '{}') then
      case when rule ? 'filled' then 'an object with at least one field' else 'an object' end end;
  elsif v_type = 'list' then
    return case when jsonb_typeof(value) <> 'array' then 'an array'
      when jsonb_array_length(value) > (rule ->> 'max')::integer then format('at most %s entries', rule ->> 'max') end;
  elsif jsonb_typeof(value) <> 'string' then
    return 'a string';
  end if;
  return case v_type
    when 'enum' then case when not rule -> 'values' ? v_text then 'one of the documented values' end
    when 'name' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 255
      then 'a non-blank string of at most 255 bytes' end
    when 'text' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 8192
      then 'a non-blank string of at most 8192 bytes' end
    when 'word' then case when v_text !~ '^[a-z][a-z0-9_]{2,62}$' then 'a lower-case word of 3 to 63 characters' end
    when 'uri' then case when octet_length(v_text) > 8192 or v_text !~ '^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$'
      then 'an absolute URI of at most 8192 bytes' end
    when 'sha256' then case when v_text !~* '^[0-9a-f]{64}$' then '64 hex digits' end
    when 'time' then case when (ops.parse_time(v_text) <= clock_timestamp() + interval '5 minutes') is not true
      then 'an ISO 8601 time with an offset, at most 5 minutes ahead' end
  end;
end
$function$;

COMMENT ON FUNCTION "ops"."expected"(jsonb, jsonb) IS 'What a rule of ops.event_shape expected instead of a value; null when the value is fine.';

REVOKE ALL ON FUNCTION "ops"."expected"(jsonb, jsonb) FROM PUBLIC;
