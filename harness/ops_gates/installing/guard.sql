-- Roles belong to the whole server. A role of these names that is in use for something else is not taken over: who logs
-- in as it could no longer, its members would read releases, and `ops-gates uninstall` would remove it.
do $guard$
declare
  v_theirs text[];
begin
  select array_agg(r.rolname::text order by r.rolname) into v_theirs
  from pg_catalog.pg_roles r
  where r.rolname = any (array[
      'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader'
    ])
    -- Ours say so: another database of the server has release gates, or `supabase db reset` kept the roles.
    and coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '') not like 'ops: %'
    and (
      r.rolcanlogin or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
      or r.rolconfig is not null
      or exists (
        select from pg_catalog.pg_auth_members m
        where (m.member = r.oid and pg_catalog.pg_get_userbyid(m.roleid) <> 'authenticated')
          or (m.roleid = r.oid and pg_catalog.pg_get_userbyid(m.member) not in (
            'authenticator', 'postgres', 'supabase_admin', current_user)))
      or exists (
        select from pg_catalog.pg_shdepend s
        where s.refclassid = 'pg_catalog.pg_authid'::regclass and s.refobjid = r.oid
          and s.classid <> 'pg_catalog.pg_auth_members'::regclass)
    );
  if v_theirs is not null then
    -- In the detail: `supabase db push` shows no hint.
    raise exception using errcode = '42710', message = format('release gates are not installed, since %s is a role that they need and that is in use for something else', array_to_string(v_theirs, ', ')),
      detail = format('give it another name, which keeps what it holds: alter role %1$I rename to %2$I; then push again', v_theirs[1], 'app_' || v_theirs[1]);
  end if;
end
$guard$;

