CREATE OR REPLACE FUNCTION ops.names_a_check_twice (
  payload jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
declare
  v_checks constant jsonb := nullif(payload -> 'checks', 'null');
  v_names text[] := array[coalesce(payload ->> 'check_name', 'build')];
  v_name text;
begin
  for v_place in 0 .. coalesce(jsonb_array_length(v_checks), 0) - 1 loop
    v_name := v_checks -> v_place ->> 'check_name';
    if v_name = any (v_names) then
      return true;
    end if;
    v_names := v_names || v_name;
  end loop;
  return false;
end
$function$;

COMMENT ON FUNCTION "ops"."names_a_check_twice"(jsonb) IS 'Whether the checks of a build_complete, its main one included, have a name in common.';

REVOKE ALL ON FUNCTION "ops"."names_a_check_twice"(jsonb) FROM PUBLIC;
