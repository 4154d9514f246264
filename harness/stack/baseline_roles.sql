-- The roles that a hosted Supabase project has in its cluster before its first migration.
-- Runs as `supabase_admin`, the bootstrap superuser; the harness sets the passwords of those that it signs in as.
-- Lacking: supautils and safeupdate, which a hosted project loads into the sessions of authenticator.

create role postgres login createdb createrole replication bypassrls;
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit;
create role supabase_auth_admin login noinherit createrole;
create role supabase_storage_admin login noinherit createrole;
create role supabase_realtime_admin nologin noinherit;
create role supabase_replication_admin login replication;
create role supabase_etl_admin login replication bypassrls;
create role supabase_read_only_user login bypassrls;
create role supabase_privileged_role nologin;
create role dashboard_user nologin createdb createrole replication;
create role pgbouncer login;

grant anon, authenticated, service_role to authenticator, supabase_realtime_admin;
grant authenticator to supabase_storage_admin;
-- Since Postgres 16, a role with CREATEROLE needs ADMIN on `authenticator` to grant its own roles to it.
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant supabase_privileged_role, pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
grant pg_monitor, pg_read_all_data to supabase_read_only_user;
do $$
begin
  if current_setting('server_version_num')::integer >= 160000 then
    grant pg_create_subscription to postgres;
  end if;
end
$$;

alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;
alter role supabase_read_only_user set default_transaction_read_only = on;
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
