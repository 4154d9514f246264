CREATE OR REPLACE FUNCTION ops.plain_field (
  place text,
  rule  jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_type constant text := rule ->> 'type';
  v_plain text;
begin
  v_plain := case
    when v_type = 'object' then format('%1$s.type() == "object"', place)
      || case when rule ? 'filled' then format(' && exists(%1$s.*)', place) else '' end
    when v_type = 'list' then format(
      '%1$s.type() == "array" && %1$s.size() <= %2$s && !(%1$s[*].type() != "object")'
      ' && !exists(%1$s[*] ? (!(%3$s)))', place, rule ->> 'max', ops.plain_shape('@', rule -> 'of'))
    when v_type = 'time' then format('!exists(%1$s)', place)
    -- Lax paths look into arrays by themselves, so the type is asked for before the value.
    else format('%1$s.type() == "string" && ', place) || case
      when v_type = 'enum' then (
        select format('(%s)', string_agg(format('%s == %s', place, v.value), ' || '))
        from jsonb_array_elements(rule -> 'values') as v
      )
      -- Lengths, and the digits of digests, are looked at by ops.has_plain_lists and ops.is_plain_event.
      when v_type = 'sha256' then 'exists(' || place || ')'
      when v_type in ('name', 'text') then (
        select format('%1$s != ""', place) || string_agg(format(' && !(%s starts with %s)', place, to_json(b.blank)), '')
        from unnest(array[' ', E'\t', E'\r', E'\n']) as b (blank)
      )
      else format('%s like_regex %s', place, to_json(case v_type
        when 'word' then '^[a-z][a-z0-9_][a-z0-9_]+$'
        when 'uri' then '^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$'
      end))
    end
  end;
  return case when rule ? 'required' then v_plain else format('(!exists(%1$s) || %2$s)', place, v_plain) end;
end
$function$;

COMMENT ON FUNCTION "ops"."plain_field"(text, jsonb) IS 'The predicate of a JSON path that holds for ordinary values of a field under a rule of ops.event_shape; lengths aside, and never true of one that breaks the rule otherwise.';

REVOKE ALL ON FUNCTION "ops"."plain_field"(text, jsonb) FROM PUBLIC;
