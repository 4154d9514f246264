-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.field_pattern (
  place text,
  rule  jsonb
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_type constant text := rule ->> 'type';
  v_pattern text;
begin
  v_pattern := case
    when v_type = 'object' then format('%1$s.type() == "object"', place)
      || case when rule ? 'filled' then format(' && exists(%1$s.** ? (@.type() == "number" || @.type() == "boolean"'
          ' || @.type() == "string" && @ like_regex "[!-~]"))', place) else '' end
    when v_type = 'list' then format(
      '%1$s.type() == "array" && %1$s.size() <= %2$s && !(%1$s[*].type() != "object")'
      ' && !exists(%1$s[*] ? (!(%3$s)))', place, rule ->> 'max', ops_private.shape_pattern('@', rule -> 'of'))
    when v_type = 'time' then format('!exists(%1$s)', place)
    -- A lax path also matches inside arrays, so test the type before the value.
    else format('%1$s.type() == "string" && ', place) || case
      when v_type = 'enum' then (
        select format('(%s)', string_agg(format('%s == %s', place, v.value), ' || '))
        from jsonb_array_elements(rule -> 'values') as v
      )
      when v_type = 'source_ref' then format('%1$s like_regex %2$s && !(%1$s like_regex %3$s)',
        place, '"^[!-~]([ -~]*[!-~])?$"', '"^[0-9a-fA-F]{7,39}$"')
      -- The constraints of the tables check the lengths.
      else format('%s like_regex %s', place, to_json(case v_type
        when 'name' then '^[!-~]([ -~]*[!-~])?$'
        when 'text' then '[!-~]'
        when 'person' then '[!-~]'
        when 'word' then '^[a-z][a-z0-9_][a-z0-9_]+$'
        when 'uri' then '^((https?|s3|gs|azblob|oci|git)://[!"$-.0->@-~]|file://)[!-~]*$'
        when 'sha256' then '^[0-9A-Fa-f]+$'
      end))
    end
  end || case when rule ? 'unlike' then format(' && !(%1$s == %2$s)', place,
    regexp_replace(place, '[^.]+$', rule ->> 'unlike')) else '' end;
  return case when rule ? 'required' then v_pattern else format('(!exists(%1$s) || %2$s)', place, v_pattern) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."field_pattern"(text, jsonb) IS 'A JSON path predicate for one field under a rule of a shape. It is true for ordinary values. It is false for every value that breaks the rule, except rules on lengths and repeated names.';

REVOKE ALL ON FUNCTION "ops_private"."field_pattern"(text, jsonb) FROM PUBLIC;
