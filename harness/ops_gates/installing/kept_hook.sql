
-- Supabase Auth calls the hook at every sign-in, and refuses all of them when it is missing. These pass everything on:
-- one under each name that a hook may call. Switch the hook off, then `ops-gates uninstall --hook-is-off` removes them.
create schema ops;
comment on schema ops is 'What is left of release gates: a hook that passes everything on, until it is switched off.';

create function ops.custom_access_token_hook(event jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return event;
end
$$;
comment on function ops.custom_access_token_hook(jsonb) is 'Access-token hook of Supabase Auth that passes everything on.';
revoke execute on function ops.custom_access_token_hook(jsonb) from public;

create function ops.with_member_role(event jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return event;
end
$$;
comment on function ops.with_member_role(jsonb) is 'For an access-token hook that still calls it: passes everything on.';
revoke execute on function ops.with_member_role(jsonb) from public;

grant usage on schema ops to supabase_auth_admin;
grant execute on function ops.custom_access_token_hook(jsonb) to supabase_auth_admin;
grant execute on function ops.with_member_role(jsonb) to supabase_auth_admin;
