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
  -- Whoever is no member keeps the token that they would have had.
  return case when v_role is null then event else jsonb_set(event, '{claims,role}', to_jsonb(v_role)) end;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."custom_access_token_hook"(jsonb) TO "supabase_auth_admin";

COMMENT ON FUNCTION "ops"."custom_access_token_hook"(jsonb) IS 'Access-token hook of Supabase Auth: {user_id, claims, …} in, the same out, with claims.role set for active members; every other claim, and everybody else''s token, is left as it was. user_metadata is never read.';

REVOKE ALL ON FUNCTION "ops"."custom_access_token_hook"(jsonb) FROM PUBLIC;
