-- Put the role of a member into their token. Supabase Auth calls this as supabase_auth_admin before it signs a token.
create function ops.custom_access_token_hook(event jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role text;
begin
  select m.role into v_role from ops.role_members m where m.subject = event ->> 'user_id' and m.active;
  -- The token of somebody who is not a member stays as it is.
  return case when v_role is null then event else jsonb_set(event, '{claims,role}', to_jsonb(v_role)) end;
end
$$;
comment on function ops.custom_access_token_hook(jsonb) is
  'Access-token hook of Supabase Auth. Takes {user_id, claims, …} and returns the same, with claims.role set for an active member. All other claims, and the tokens of everybody else, stay unchanged. It never reads user_metadata.';
revoke execute on function ops.custom_access_token_hook(jsonb) from public;

grant usage on schema ops to supabase_auth_admin;
grant execute on function ops.custom_access_token_hook(jsonb) to supabase_auth_admin;
grant select on ops.role_members to supabase_auth_admin;
create policy role_members_select_supabase_auth_admin on ops.role_members
for select to supabase_auth_admin using (true);
