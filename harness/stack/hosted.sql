-- What a database of a hosted project has beyond baseline.sql, as far as plain Postgres can: event triggers of the
-- platform, and the schemas of its other services. Runs as `supabase_admin`.
-- Lacking: supautils, safeupdate, and the extensions pg_graphql, pg_net, pg_cron and supabase_vault themselves.

-- Stricter than a hosted project, where the database is the owner's: `postgres` has the rights that it needs, and no
-- more. What only an owner may do (`alter database`, `db reset`) is not possible then.
alter database postgres owner to supabase_admin;
grant create, connect, temporary on database postgres to postgres;
grant create on schema public to postgres;
-- Nothing of a stack on one machine.
alter database postgres reset ops.local_stack;

create schema graphql_public authorization supabase_admin;
grant usage on schema graphql_public to postgres, anon, authenticated, service_role;

create function graphql_public.graphql(query text default null, variables jsonb default null) returns jsonb
language sql immutable
as $$
  select jsonb_build_object('errors', jsonb_build_array(jsonb_build_object('message', 'pg_graphql is not enabled.')))
$$;

create schema storage authorization supabase_admin;
grant usage on schema storage to postgres, anon, authenticated, service_role;
grant all on schema storage to supabase_storage_admin;
set role supabase_storage_admin;
create table storage.buckets (id text primary key, name text not null unique);
create table storage.objects (
  id uuid primary key default gen_random_uuid(), bucket_id text references storage.buckets (id), owner_id text
);
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to postgres, anon, authenticated, service_role;
reset role;
create policy objects_of_their_owner on storage.objects for select to authenticated
  using (owner_id = (select auth.uid())::text);

create schema realtime authorization supabase_admin;
grant usage on schema realtime to postgres, anon, authenticated, service_role;
create table realtime.messages (id uuid primary key default gen_random_uuid(), topic text not null);
create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

create function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql
as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as c
    where c.schema_name is distinct from 'pg_temp' and c.command_tag in (
      'CREATE SCHEMA', 'ALTER SCHEMA', 'CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE', 'CREATE VIEW', 'ALTER VIEW',
      'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE TRIGGER', 'CREATE TYPE', 'ALTER TYPE', 'CREATE RULE', 'COMMENT'
    )
  ) then
    notify pgrst, 'reload schema';
  end if;
end
$$;

create function extensions.pgrst_drop_watch() returns event_trigger language plpgsql
as $$
begin
  if exists (
    select from pg_event_trigger_dropped_objects() as d
    where not d.is_temporary
      and d.object_type in ('schema', 'table', 'view', 'function', 'trigger', 'type', 'rule')
  ) then
    notify pgrst, 'reload schema';
  end if;
end
$$;

create function extensions.grant_pg_net_access() returns event_trigger language plpgsql
as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as c join pg_extension as e on e.oid = c.objid
    where e.extname = 'pg_net'
  ) then
    grant usage on schema net to postgres, anon, authenticated, service_role;
  end if;
end
$$;

create function extensions.grant_pg_cron_access() returns event_trigger language plpgsql
as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as c join pg_extension as e on e.oid = c.objid
    where e.extname = 'pg_cron'
  ) then
    grant usage on schema cron to postgres with grant option;
  end if;
end
$$;

create function extensions.grant_pg_graphql_access() returns event_trigger language plpgsql
as $$
begin
  -- It runs at every `create function`, the application's and ours too.
  if exists (
    select from pg_event_trigger_ddl_commands() as c join pg_proc as p on p.oid = c.objid
    where p.proname = 'resolve' and p.pronamespace = to_regnamespace('graphql')
  ) then
    grant usage on schema graphql to postgres, anon, authenticated, service_role;
  end if;
end
$$;

create function extensions.set_graphql_placeholder() returns event_trigger language plpgsql
as $$
begin
  if exists (select from pg_event_trigger_dropped_objects() as d where d.schema_name = 'graphql_public') then
    drop function if exists graphql_public.graphql(text, jsonb);
  end if;
end
$$;

create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
create event trigger issue_pg_net_access on ddl_command_end when tag in ('CREATE EXTENSION')
  execute function extensions.grant_pg_net_access();
create event trigger issue_pg_cron_access on ddl_command_end when tag in ('CREATE EXTENSION')
  execute function extensions.grant_pg_cron_access();
create event trigger issue_pg_graphql_access on ddl_command_end when tag in ('CREATE FUNCTION')
  execute function extensions.grant_pg_graphql_access();
create event trigger issue_graphql_placeholder on sql_drop when tag in ('DROP EXTENSION')
  execute function extensions.set_graphql_placeholder();
