-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.shape_issues (
  value jsonb,
  shape jsonb,
  path  jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_issues jsonb := '[]'::jsonb;
  v_rule jsonb;
  v_field text;
  v_path jsonb;
  v_given jsonb;
  v_unmet text;
  v_known integer;
begin
  if jsonb_typeof(value) <> 'object' then
    return ops_private.issue(path, 'malformed', 'expected an object');
  end if;
  for v_rule in select r.value from jsonb_array_elements(shape) as r loop
    v_field := v_rule ->> 'field';
    v_path := path || to_jsonb(v_field);
    v_given := value -> v_field;
    if v_given is null or v_given = 'null' then
      if v_rule ? 'required' then
        v_issues := v_issues || ops_private.issue(v_path, 'missing', 'this field is required');
      end if;
      continue;
    end if;
    v_known := jsonb_array_length(v_issues);
    v_unmet := ops_private.unmet(v_rule, v_given);
    if v_unmet is not null then
      v_issues := v_issues || ops_private.issue(v_path, 'malformed', 'expected ' || v_unmet);
    elsif v_rule ->> 'type' = 'list' then
      for v_entry in 0 .. jsonb_array_length(v_given) - 1 loop
        v_issues := v_issues
          || ops_private.shape_issues(v_given -> v_entry, v_rule -> 'of', v_path || to_jsonb(v_entry));
      end loop;
    end if;
    continue when jsonb_array_length(v_issues) > v_known; -- the next rules need well-formed fields
    if v_rule ? 'once' and ops_private.names_repeat(value, v_field, v_rule -> 'once') then
      v_issues := v_issues || ops_private.issue(v_path, 'mismatch', v_rule #>> '{once,expected}');
    elsif v_given = value -> (v_rule ->> 'unlike') then
      v_issues := v_issues || ops_private.issue(
        v_path, 'mismatch', 'expected another value than ' || (v_rule ->> 'unlike'));
    end if;
  end loop;
  return v_issues;
end
$function$;

COMMENT ON FUNCTION "ops_private"."shape_issues"(jsonb, jsonb, jsonb) IS 'All issues of an object against a shape (ops_private.event_types), as an array; empty when there are none. Null counts as absent.';

REVOKE ALL ON FUNCTION "ops_private"."shape_issues"(jsonb, jsonb, jsonb) FROM PUBLIC;
