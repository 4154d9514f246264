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
  v_field text;
  v_rule jsonb;
  v_value jsonb;
  v_expected text;
begin
  if jsonb_typeof(value) <> 'object' then
    return ops.issue(path, 'malformed', 'expected an object');
  end if;
  for v_field, v_rule in select * from jsonb_each(shape) loop
    v_value := nullif(value -> v_field, 'null');
    if v_value is null then
      if v_rule ? 'required' then
        v_issues := v_issues || ops.issue(path || to_jsonb(v_field), 'missing', 'this field is required');
      end if;
      continue;
    end if;
    v_expected := ops.expected(v_value, v_rule);
    if v_expected is not null then
      v_issues := v_issues || ops.issue(path || to_jsonb(v_field), 'malformed', 'expected ' || v_expected);
    elsif v_rule ->> 'type' = 'list' then
      v_issues := v_issues || (
        select coalesce(jsonb_agg(i.issue order by e.ordinality), '[]')
        from jsonb_array_elements(v_value) with ordinality as e
        cross join lateral jsonb_array_elements(
          ops.shape_issues(e.value, v_rule -> 'of', path || to_jsonb(v_field) || to_jsonb(e.ordinality - 1))
        ) as i(issue)
      );
    end if;
  end loop;
  return v_issues;
end
$function$;

COMMENT ON FUNCTION "ops"."shape_issues"(jsonb, jsonb, jsonb) IS 'Every issue of an object against a shape, as an array; empty when there is none. Null counts as absent.';

REVOKE ALL ON FUNCTION "ops"."shape_issues"(jsonb, jsonb, jsonb) FROM PUBLIC;
