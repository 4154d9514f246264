CREATE OR REPLACE FUNCTION ops.environment_named (
  target_env text
)
  RETURNS ops.ops_environment
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  if (target_env = any (enum_range(null::ops.ops_environment)::text[])) is not true then
    raise exception using errcode = '22023', message = 'there is no such environment',
      detail = 'environments: dev, staging, production', hint = 'name one of them, in lower case';
  end if;
  return target_env::ops.ops_environment;
end
$function$;

COMMENT ON FUNCTION "ops"."environment_named"(text) IS 'The environment of this name; 22023 when there is none.';

REVOKE ALL ON FUNCTION "ops"."environment_named"(text) FROM PUBLIC;
