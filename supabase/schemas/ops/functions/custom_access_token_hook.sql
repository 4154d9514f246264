-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.custom_access_token_hook (
  event jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops.with_member_role(event);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."custom_access_token_hook"(jsonb) TO "supabase_auth_admin";

COMMENT ON FUNCTION "ops"."custom_access_token_hook"(jsonb) IS 'Access-token hook of Supabase Auth, for projects that have none: ops.with_member_role.';

REVOKE ALL ON FUNCTION "ops"."custom_access_token_hook"(jsonb) FROM PUBLIC;
