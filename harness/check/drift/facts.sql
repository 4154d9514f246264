-- The facts that harness/check/drift/facts.py compares: one query per kind, headed by its name, of about, key, make and undo.
-- drift.ours are the six roles, drift.platform those of the platform that the migrations rely on, drift.everyone both;
-- drift.schemas are the oids of our schemas, drift.names their names as a regular expression.

--- role
select null, key, key, null from pg_roles r cross join lateral (
  values ('superuser', rolsuper), ('createdb', rolcreatedb), ('createrole', rolcreaterole), ('login', rolcanlogin),
    ('replication', rolreplication), ('bypassrls', rolbypassrls), ('inherit', rolinherit)
) as a (word, holds)
cross join lateral format('alter role %I %s;', rolname, case when holds then word else 'no' || word end) as key
where rolname = any (current_setting('drift.ours')::text[])
  or (rolname = any (current_setting('drift.platform')::text[]) and (word <> 'inherit' or rolname = 'authenticator'))
union all
select null, key, key, null from pg_roles
cross join lateral format('alter role %I connection limit %s;', rolname, rolconnlimit) as key
where rolname = any (current_setting('drift.ours')::text[])
union all
select null, 'role ' || rolname, format('create role %I;', rolname), null from pg_roles
where rolname = any (current_setting('drift.ours')::text[]);

--- comment on a role
select null, key, key, format('comment on role %I is null;', rolname) from pg_roles
cross join lateral format('comment on role %I is %L;', rolname, shobj_description(oid, 'pg_authid')) as key
where rolname = any (current_setting('drift.ours')::text[]) and shobj_description(oid, 'pg_authid') is not null;

--- membership
-- Who may become one of ours; what ours are members of; what gives the platform's roles more than they had.
-- `postgres` owns everything here and may administer our roles: how it can become one differs between projects.
select null, key, key, format('revoke %I from %I;', g.rolname, u.rolname) from (
  select roleid, member, bool_or(admin_option) as admin,
    bool_or((to_jsonb(m) ->> 'inherit_option')::boolean) as inherit, -- Postgres 15 has neither of the two
    bool_or((to_jsonb(m) ->> 'set_option')::boolean) as set
  from pg_auth_members m group by roleid, member
) as m
join pg_roles g on g.oid = m.roleid join pg_roles u on u.oid = m.member
cross join lateral concat(format('grant %I to %I', g.rolname, u.rolname), case
  when m.set is not null then format(' with admin %s, inherit %s, set %s', m.admin::text, m.inherit::text, m.set::text)
  when m.admin then ' with admin option' end, ';') as key
where u.rolname <> 'postgres' and (
  g.rolname = any (current_setting('drift.ours')::text[])
  or u.rolname = any (current_setting('drift.ours')::text[])
  or (u.rolname = any (current_setting('drift.platform')::text[]) and (
    g.rolname = any (current_setting('drift.platform')::text[])
    or g.rolname ~ '^pg_' or g.rolsuper or g.rolcreaterole or g.rolbypassrls)))
union all
select null, key, key, null from pg_roles
cross join lateral format('grant %I to postgres;', rolname) as key
where rolname = any (current_setting('drift.ours')::text[]) and pg_has_role('postgres', oid,
  case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end);

--- setting
-- Of our roles, of the platform's and of the database: every one that may change what functions, rules and commits do.
-- Of who owns the schemas and of who runs the hook too, but for their search_path: our functions have one of their own.
select null, concat_ws(' ', 'role', r.rolname, scope, setting),
  format('alter role %I%s set %s to %L;', r.rolname, scope, name, substr(setting, strpos(setting, '=') + 1)),
  format('alter role %I%s reset %s;', r.rolname, scope, name)
from pg_db_role_setting s join pg_roles r on r.oid = s.setrole cross join unnest(s.setconfig) as setting
cross join lateral split_part(setting, '=', 1) as name
cross join lateral (select case when setdatabase <> 0 then format(' in database %I', current_database()) end) as i (scope)
where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and (rolname = any (current_setting('drift.everyone')::text[])
    or rolname = any (current_setting('drift.acting')::text[]) and name <> 'search_path')
  and name !~* current_setting('drift.harmless') and name !~ current_setting('drift.own')
union all
select null, 'database ' || setting,
  format('alter database %I set %s to %L;', current_database(), name, substr(setting, strpos(setting, '=') + 1)),
  format('alter database %I reset %s;', current_database(), name)
from pg_db_role_setting cross join unnest(setconfig) as setting cross join lateral split_part(setting, '=', 1) as name
where setrole = 0 and setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and name !~* current_setting('drift.harmless') and name !~ current_setting('drift.own');

--- note
-- A harmless setting that is not that of a new project. Its value may be a secret (app.settings.…), so it is not told.
select null, concat_ws(' ', who, setting), note, note
from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole cross join unnest(s.setconfig) as setting
cross join lateral split_part(setting, '=', 1) as name
cross join lateral concat('role ' || quote_ident(r.rolname), case when r.oid is null then 'the database' end,
  case when r.oid is not null and s.setdatabase <> 0 then ' in this database' end) as who
cross join lateral format('%s of %s is not as in a new project', name, who) as note
where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and (s.setrole = 0 or r.rolname = any (current_setting('drift.everyone')::text[]))
  and name ~* current_setting('drift.harmless');

--- right on the database
-- Who else may create schemas. Whether everybody may connect or make temporary tables is the project's own matter.
select null, concat_ws(' ', who, what), null, format('revoke %s on database %I from %s;', what, current_database(), who)
from pg_database cross join aclexplode(coalesce(datacl, acldefault('d', datdba))) as a
cross join lateral (
  select case grantee when 0 then 'public' else grantee::regrole::text end, lower(privilege_type)
) as w (who, what)
where datname = current_database() and what = 'create'
  and (grantee = 0 or who = any (current_setting('drift.everyone')::text[]));

--- owner
-- The comparison also passes over whatever belongs to a role of the platform.
select key, format('%s owner to %I', key, owner), format('alter %s owner to %I;', key, owner),
  case when owner <> 'postgres' then format('alter %s owner to postgres;', key) end from (
  select 'schema ' || oid::regnamespace, nspowner from pg_namespace
  where oid = any (current_setting('drift.schemas')::oid[])
  union all
  select case relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence '
    else 'table ' end || oid::regclass, relowner
  from pg_class
  where relnamespace = any (current_setting('drift.schemas')::oid[]) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'routine ' || oid::regprocedure, proowner from pg_proc
  where pronamespace = any (current_setting('drift.schemas')::oid[])
  union all
  select 'type ' || t.oid::regtype, typowner from pg_type t left join pg_class c on c.oid = t.typrelid
  where typnamespace = any (current_setting('drift.schemas')::oid[])
    and typcategory <> 'A' and (c.oid is null or c.relkind = 'c')
) as o (key, owned_by) cross join lateral pg_get_userbyid(owned_by) as owner;

--- column
select format('%s.%I', c.oid::regclass, attname), key, key, null
from pg_attribute a join pg_class c on c.oid = a.attrelid
cross join lateral format('alter table %s alter column %I set storage %s, alter column %I set statistics %s;',
  c.oid::regclass, attname,
  case attstorage when 'p' then 'plain' when 'e' then 'external' when 'x' then 'extended' else 'main' end,
  attname, coalesce(attstattarget, -1)) as key
where c.relnamespace = any (current_setting('drift.schemas')::oid[]) and c.relkind in ('r', 'p')
  and attnum > 0 and not attisdropped;

--- foreign key
-- Switched off, a foreign key is not checked any more and looks the same.
select null, concat_ws(' ', tgrelid::regclass, c.conname, tgfoid::regproc, tgenabled), null,
  format('alter table %s enable trigger %I; -- checks %s', tgrelid::regclass, tgname, c.conname)
from pg_trigger t join pg_class r on r.oid = t.tgrelid join pg_constraint c on c.oid = t.tgconstraint
where r.relnamespace = any (current_setting('drift.schemas')::oid[]) and tgisinternal and tgenabled <> 'O';

--- other object
-- Kinds of object that the CLI's comparison leaves out.
select null, kind || ' ' || identity, format('-- missing: %s %s', kind, identity), format('drop %s %s;', kind, identity)
from pg_depend d cross join pg_identify_object(d.classid, d.objid, 0) as i
cross join replace(i.type, ' object', '') as kind
where refclassid = 'pg_namespace'::regclass
  and refobjid = any (current_setting('drift.schemas')::oid[]) and deptype = 'n'
  and d.classid not in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_collation'::regclass);

--- object elsewhere
-- Whoever may read such a view or call such a function does it with its owner's rights, past every rule here.
select distinct null, 'view ' || v.oid::regclass, null, case v.relkind
  when 'm' then format('drop materialized view %s; -- holds a copy of ours', v.oid::regclass)
  else format('alter view %s set (security_invoker = true); -- reads ours with its owner''s rights', v.oid::regclass) end
from pg_depend d join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
join pg_class v on v.oid = w.ev_class join pg_class t on d.refclassid = 'pg_class'::regclass and t.oid = d.refobjid
where t.relnamespace = any (current_setting('drift.schemas')::oid[])
  and v.relnamespace <> all (current_setting('drift.schemas')::oid[]) and (
    v.relkind = 'm' or (v.relkind = 'v' and not exists (
      select from pg_options_to_table(v.reloptions) where option_name = 'security_invoker' and option_value::boolean)))
union all
select null, 'function ' || p.oid::regprocedure, null,
  format('alter routine %s security invoker; -- works on ours with its owner''s rights', p.oid::regprocedure)
from pg_proc p
where p.prosecdef and p.pronamespace <> all (current_setting('drift.schemas')::oid[])
  and (p.prosrc ~* concat('\m', current_setting('drift.names'), '"?\s*\.\s*"?(', (
      select string_agg(name, '|') from (
        select relname::text from pg_class
        where relnamespace = any (current_setting('drift.schemas')::oid[]) and relkind in ('r', 'p', 'v', 'm')
        union select proname from pg_proc
        where pronamespace = any (current_setting('drift.schemas')::oid[])) as n (name)
    ), ')\M') or exists (
      select from unnest(p.proconfig) as c where c ~ concat('^search_path=.*\m', current_setting('drift.names'), '\M')))
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
union all
select null, concat_ws(' ', inhrelid::regclass, inhparent::regclass), null,
  format('alter table %s no inherit %s; -- its rows count as that table''s', inhrelid::regclass, inhparent::regclass)
from pg_inherits join pg_class p on p.oid = inhparent join pg_class c on c.oid = inhrelid
where p.relnamespace = any (current_setting('drift.schemas')::oid[])
  and c.relnamespace <> all (current_setting('drift.schemas')::oid[])
union all
-- What names a private function calls it for people who may not: nobody has USAGE there. A check that a table has
-- copied from one of ours shows nobody anything.
select distinct null, used, null, case
  when f.adrelid is null then format('-- %s calls a function of ops_private', used)
  else format('alter table %s alter column %I drop default; -- calls a function of ops_private',
    f.adrelid::regclass, c.attname) end
from pg_depend d join pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
cross join pg_describe_object(d.classid, d.objid, 0) as used
left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
left join pg_attribute c on c.attrelid = f.adrelid and c.attnum = f.adnum
where p.pronamespace = to_regnamespace('ops_private') and d.classid <> 'pg_constraint'::regclass
  and used !~ concat('\m', current_setting('drift.names'), '\.');

--- default right
-- Rights that the tables and functions of the next migration would be born with.
select null, concat_ws(' ', defaclrole::regrole, who, what, defaclobjtype), null,
  format('alter default privileges for role %s revoke %s on %s from %s;', defaclrole::regrole, what,
    case defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
      when 'T' then 'types' else 'schemas' end, who)
from pg_default_acl cross join aclexplode(defaclacl) as a
cross join lateral (
  select case grantee when 0 then 'public' else grantee::regrole::text end, lower(privilege_type)
) as w (who, what)
where defaclnamespace = 0 and defaclrole = 'postgres'::regrole
  and (grantee = 0 or who = any (current_setting('drift.everyone')::text[]))
  and not (grantee = 0 and (defaclobjtype, what) in (('f', 'execute'), ('T', 'usage')));

--- migration
-- In a project that others migrate too there may be more; there must not be less. Where `ops-gates install` wrote one
-- migration for all of ours, that one stands for them: its name begins with ops_release_gates.
select null, case when name ~ '^ops_release_gates_\d' then 'all' else version end, format('-- migration %s is not applied: supabase db push', concat_ws('_', version, name)), null
from supabase_migrations.schema_migrations;
