-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.custom_access_token_hook (
  event jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role text;
begin
  select m.role into v_role from ops.role_members m where m.subject = event ->> 'user_id' and m.active;
  -- The token of somebody who is not a member stays as it is.
  return case when v_role is null then event else jsonb_set(event, '{claims,role}', to_jsonb(v_role)) end;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."custom_access_token_hook"(jsonb) TO "supabase_auth_admin";

COMMENT ON FUNCTION "ops"."custom_access_token_hook"(jsonb) IS 'Access-token hook of Supabase Auth. Takes {user_id, claims, …} and returns the same, with claims.role set for an active member. All other claims, and the tokens of everybody else, stay unchanged. It never reads user_metadata.';

REVOKE ALL ON FUNCTION "ops"."custom_access_token_hook"(jsonb) FROM PUBLIC;
