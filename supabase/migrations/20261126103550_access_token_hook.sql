-- Put the role of a member into their token. Supabase Auth calls the hook as supabase_auth_admin before it signs a
-- token, at every sign-in of the whole application. So it never raises.

create function ops_private.without_member_role(event jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Nobody gets one of these roles but by a membership, whatever another hook or a claim says.
  if ops_private.is_member_role(event #>> '{claims,role}') or event #>> '{claims,role}' = 'service_role' then
    return jsonb_set(event, '{claims,role}', '"authenticated"');
  end if;
  return event;
end
$$;
comment on function ops_private.without_member_role(jsonb) is
  'The event of a sign-in with the role authenticated in place of one of the six roles or service_role, and otherwise as it is.';
revoke execute on function ops_private.without_member_role(jsonb) from public;

create function ops.with_member_role(event jsonb) returns jsonb
-- A definer, so that Supabase Auth needs no right on a table.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
as $$
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
$$;
comment on function ops.with_member_role(jsonb) is
  'For an access-token hook of your own: takes and returns the event of a sign-in, {user_id, claims, …}, with claims.role set for a member: the role of their session (ops.act_as). It changes no other claim. One of the six roles, or service_role, that no membership gives becomes authenticated; also for third-party applications (client_id) and anonymous users, on any error, and after 200 ms of waiting for a lock. It never raises, and never reads user_metadata.';
revoke execute on function ops.with_member_role(jsonb) from public;

create function ops.custom_access_token_hook(event jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  return ops.with_member_role(event);
end
$$;
comment on function ops.custom_access_token_hook(jsonb) is
  'Access-token hook of Supabase Auth, for projects that have none: ops.with_member_role.';
revoke execute on function ops.custom_access_token_hook(jsonb) from public;

grant usage on schema ops to supabase_auth_admin;
grant execute on function ops.with_member_role(jsonb) to supabase_auth_admin;
grant execute on function ops.custom_access_token_hook(jsonb) to supabase_auth_admin;
