-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.environment_named (
  target_env text
)
  RETURNS ops.ops_environment
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (target_env = any (enum_range(null::ops.ops_environment)::text[])) is not true then
    raise exception using errcode = '22023', message = 'there is no such environment',
      detail = 'the environments are dev, staging and production', hint = 'name one of them in lower case';
  end if;
  return target_env::ops.ops_environment;
end
$function$;

COMMENT ON FUNCTION "ops_private"."environment_named"(text) IS 'The environment with this name. Raises 22023 when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."environment_named"(text) FROM PUBLIC;
