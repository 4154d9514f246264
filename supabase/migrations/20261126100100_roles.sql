-- Create the six roles of the access page. Roles belong to the cluster: all its databases share them, and `db reset`
-- keeps them. So this creates only the roles that are missing, and then corrects their attributes and memberships.
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
        execute format('create role %I nologin', v_role);
      exception when duplicate_object or unique_violation then
        null; -- a migration of another database in this cluster created it at the same time
      end;
    end if;
    -- Alter only what differs: another database of this cluster may be migrating at the same time. The `postgres` of a
    -- project is no superuser and may not name `nosuperuser` and its like; a new role has these defaults anyway.
    if exists (select from pg_catalog.pg_roles where rolname = v_role and (rolcanlogin or not rolinherit)) then
      execute format('alter role %I nologin inherit', v_role);
    end if;
    -- People stay users of the rest of the application: policies `to authenticated` of other schemas hold for them.
    if v_role <> 'ci_service_role' and not pg_has_role(v_role, 'authenticated', 'usage') then
      execute format('grant authenticated to %I%s', v_role,
        case when v_version >= 160000 then ' with inherit true, set false' else '' end);
    end if;
    if not pg_has_role('authenticator', v_role, 'member') then
      execute format('grant %I to authenticator', v_role); -- PostgREST switches to this role
    end if;
    -- From Postgres 16 on, the creator of a role may administer it, but needs this grant for `set role`.
    if not pg_has_role('postgres', v_role, case when v_version >= 160000 then 'set' else 'member' end) then
      execute format('grant %I to postgres', v_role);
    end if;
  end loop;
end
$$;

comment on role ci_service_role is 'ops: a pipeline. It sends builds, deployments and health checks. It never signs off a gate.';
comment on role release_manager is 'ops: decides on G3 (go or no-go) and on exceptions.';
comment on role qa_tester is 'ops: decides on G2 and attaches its evidence.';
comment on role sre is 'ops: deploys, confirms health, and records incidents and drills.';
comment on role developer is 'ops: reads and checks the releases that they initiated or opened.';
comment on role audit_reader is 'ops: reads everything and writes nothing.';

grant usage on schema ops to
  service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
