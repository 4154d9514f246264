-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.with_member_role (
  event jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET lock_timeout TO '200ms'
  AS $function$
declare
  v_role text;
begin
  -- A third-party application acts with the person's consent, but gets none of their roles. Neither does a visitor.
  if ops_private.caller_role() in ('supabase_auth_admin', 'postgres')
    and not (event -> 'claims' ? 'client_id') and coalesce(event #>> '{claims,is_anonymous}', 'false') = 'false' then
    v_role := ops_private.role_of_session(event ->> 'user_id', event #>> '{claims,session_id}');
  end if;
  if ops_private.is_member_role(v_role) is not true then -- a broken row gives nothing either
    return ops_private.without_member_role(event);
  end if;
  return jsonb_set(event, '{claims,role}', to_jsonb(v_role));
exception when query_canceled or others then
  return case when jsonb_typeof(event -> 'claims') = 'object'
    then jsonb_set(event, '{claims,role}', '"authenticated"') else event end;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."with_member_role"(jsonb) TO "supabase_auth_admin";

COMMENT ON FUNCTION "ops"."with_member_role"(jsonb) IS 'For an access-token hook of your own: takes and returns the event of a sign-in, {user_id, claims, …}, with claims.role set for a member: the role of their session (ops.act_as). It changes no other claim. One of the six roles, or service_role, that no membership gives becomes authenticated; also for third-party applications (client_id) and anonymous users, on any error, and after 200 ms of waiting for a lock. It never raises, and never reads user_metadata.';

REVOKE ALL ON FUNCTION "ops"."with_member_role"(jsonb) FROM PUBLIC;
