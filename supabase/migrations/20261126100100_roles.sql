-- The six roles of the access page. Roles belong to the cluster, outlive `db reset` and are shared by
-- every database in it: created only when missing, attributes and memberships set every time.
do $$
declare
  v_role text;
  v_version constant integer := current_setting('server_version_num');
begin
  foreach v_role in array array[
    'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
  ] loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      begin
        execute format('create role %I nologin noinherit', v_role);
      exception when duplicate_object or unique_violation then
        null; -- two databases of one cluster migrated at once: the other one made it
      end;
    end if;
    -- Only what differs is altered: two databases of one cluster may be migrated at once. Negative attributes of
    -- a superuser cannot even be named by a project's `postgres`; a role is born without them.
    if exists (select from pg_catalog.pg_roles where rolname = v_role and (rolcanlogin or rolinherit)) then
      execute format('alter role %I nologin noinherit', v_role);
    end if;
    if not pg_has_role('authenticator', v_role, 'member') then
      execute format('grant %I to authenticator', v_role); -- so that PostgREST can switch to it
    end if;
    -- Postgres 16 and later: who creates a role administers it, but must grant it to itself before `set role`.
    if not pg_has_role('postgres', v_role, case when v_version >= 160000 then 'set' else 'member' end) then
      execute format('grant %I to postgres', v_role);
    end if;
  end loop;
end
$$;

comment on role ci_service_role is 'ops: a pipeline. Sends builds, deployments and health checks; never signs off.';
comment on role release_manager is 'ops: decides G3, exceptions, go or no-go.';
comment on role qa_tester is 'ops: decides G2 and attaches its evidence.';
comment on role sre is 'ops: deploys, confirms health, keeps incidents and drills.';
comment on role developer is 'ops: sees and checks the releases that they initiated.';
comment on role audit_reader is 'ops: reads everything, writes nothing.';

grant usage on schema ops to
  service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
