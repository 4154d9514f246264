CREATE OR REPLACE FUNCTION ops.shape_issues (
  value jsonb,
  shape jsonb,
  path  jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_issues jsonb := '[]';
  v_rule jsonb;
  v_type text;
  v_field text;
  v_given jsonb;
  v_text text;
  v_expected text;
begin
  if jsonb_typeof(value) <> 'object' then
    return ops.issue(path, 'malformed', 'expected an object');
  end if;
  -- Every event passes here, so this counts places and calls nothing where a query or a function per field would do.
  for v_place in 0 .. jsonb_array_length(shape) - 1 loop
    v_rule := shape -> v_place;
    v_field := v_rule ->> 'field';
    v_given := value -> v_field;
    if v_given is null or v_given = 'null' then
      if v_rule ? 'required' then
        v_issues := v_issues || ops.issue(path || to_jsonb(v_field), 'missing', 'this field is required');
      end if;
      continue;
    end if;
    v_type := v_rule ->> 'type';
    v_text := v_given #>> '{}';
    v_expected := case
      when v_type = 'object' then
        case when v_rule ? 'filled' and (jsonb_typeof(v_given) <> 'object' or v_given = '{}')
            then 'an object with at least one field'
          when jsonb_typeof(v_given) <> 'object' then 'an object' end
      when v_type = 'list' then
        case when jsonb_typeof(v_given) <> 'array' then 'an array'
          when jsonb_array_length(v_given) > (v_rule ->> 'max')::integer
            then format('at most %s entries', v_rule ->> 'max') end
      when jsonb_typeof(v_given) <> 'string' then 'a string'
      when v_type = 'enum' then case when not v_rule -> 'values' ? v_text then 'one of the documented values' end
      when v_type = 'name' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 255
        then 'a non-blank string of at most 255 bytes' end
      when v_type = 'text' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 8192
        then 'a non-blank string of at most 8192 bytes' end
      when v_type = 'word' then
        case when v_text !~ '^[a-z][a-z0-9_]{2,62}$' then 'a lower-case word of 3 to 63 characters' end
      when v_type = 'uri' then case when octet_length(v_text) > 8192 or v_text !~ '^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$'
        then 'an absolute URI of at most 8192 bytes' end
      when v_type = 'sha256' then case when v_text !~* '^[0-9a-f]{64}$' then '64 hex digits' end
      when v_type = 'time' then case when (ops.parse_time(v_text) <= clock_timestamp() + interval '5 minutes') is not true
        then 'an ISO 8601 time with an offset, at most 5 minutes ahead' end
    end;
    if v_expected is not null then
      v_issues := v_issues || ops.issue(path || to_jsonb(v_field), 'malformed', 'expected ' || v_expected);
    elsif v_type = 'list' then
      for v_entry in 0 .. jsonb_array_length(v_given) - 1 loop
        v_issues := v_issues || ops.shape_issues(
          v_given -> v_entry, v_rule -> 'of', path || to_jsonb(v_field) || to_jsonb(v_entry));
      end loop;
    end if;
  end loop;
  return v_issues;
end
$function$;

COMMENT ON FUNCTION "ops"."shape_issues"(jsonb, jsonb, jsonb) IS 'Every issue of an object against a shape (ops.event_shape), as an array; empty when there is none. Null counts as absent.';

REVOKE ALL ON FUNCTION "ops"."shape_issues"(jsonb, jsonb, jsonb) FROM PUBLIC;
