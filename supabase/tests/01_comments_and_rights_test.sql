begin;
create extension if not exists pgtap with schema extensions;
select plan(34);

-- The roles of the access page, and the roles that must have no rights.
create function pg_temp.callers() returns setof text
language sql immutable as $$
  select unnest(array[
    'service_role', 'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader',
    'anon', 'authenticated'
  ])
$$;

create function pg_temp.both() returns setof oid
language sql stable as $$
  select n.oid from pg_catalog.pg_namespace n where n.nspname in ('ops', 'ops_private')
$$;
-- The private functions that run with the rights of the reader or writer, because a policy, a check, a default, the
-- condition of a trigger, a view or an index calls them.
create function pg_temp.named() returns setof oid
language sql stable as $$
  select p.oid
  from pg_catalog.pg_proc p
  join pg_catalog.pg_depend d on d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
  left join pg_catalog.pg_trigger g on d.classid = 'pg_trigger'::regclass and g.oid = d.objid
  where p.pronamespace = 'ops_private'::regnamespace and (
    d.classid in ('pg_policy'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass)
    or d.classid in ('pg_rewrite'::regclass, 'pg_class'::regclass)
    or g.tgfoid <> p.oid
  )
$$;

-- Comments.
select is_empty(
  $$ select c.oid::regclass from pg_catalog.pg_class c
     where c.relnamespace in (select pg_temp.both()) and c.relkind in ('r', 'p', 'v', 'm')
       and obj_description(c.oid, 'pg_class') is null $$,
  'every table and view has a comment'
);
select is_empty(
  $$ select c.oid::regclass, a.attname
     from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
     where c.relnamespace in (select pg_temp.both()) and c.relkind in ('r', 'p')
       and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null $$,
  'every column of a table has a comment'
);
select is_empty(
  $$ select t.oid::regtype from pg_catalog.pg_type t left join pg_catalog.pg_class c on c.oid = t.typrelid
     where t.typnamespace in (select pg_temp.both()) and t.typcategory <> 'A' and (c.oid is null or c.relkind = 'c')
       and obj_description(t.oid, 'pg_type') is null $$,
  'every type has a comment'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace in (select pg_temp.both()) and obj_description(p.oid, 'pg_proc') is null $$,
  'every function has a comment'
);
select isnt(obj_description(n.oid, 'pg_namespace'), null, format('the schema %s has a comment', n.oid::regnamespace))
from pg_temp.both() as n (oid)
order by n.oid;

-- Functions of both schemas.
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace in (select pg_temp.both())
       and coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false) is false $$,
  'every function has the search_path pg_catalog, pg_temp'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p cross join unnest(p.proconfig) as s (setting)
     where p.pronamespace in (select pg_temp.both()) and s.setting ~ '^(role|session_authorization)=' $$,
  'no function sets a role in a SET clause'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace in (select pg_temp.both())
       and p.prosrc ~* '\mset_config\M|\mset\s+(local|session)\s+(role|session)\M|(^|;|'')\s*set\s+role\M' $$,
  'no function sets a role in its body'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace in (select pg_temp.both()) and p.prosrc ~ '= *lower\(ops_private\.current_actor\(\)' $$,
  'no function compares each member with what it asks for anew: who calls'
);

-- The API.
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace = 'ops'::regnamespace and has_function_privilege('public', p.oid, 'execute') $$,
  'PUBLIC cannot execute any function of ops'
);
select is_empty(
  $$ select p.oid::regprocedure, r.name
     from pg_catalog.pg_proc p cross join (values ('anon'), ('authenticated')) as r (name)
     where p.pronamespace = 'ops'::regnamespace and has_function_privilege(r.name, p.oid, 'execute') $$,
  'anon and authenticated cannot execute any function of ops'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace = 'ops'::regnamespace and p.prosecdef
       and p.prosrc !~ case p.proname when 'with_member_role' then 'ops_private\.caller_role\('
         else 'ops_private\.require_((any_|own_)?role|operator)\(' end $$,
  'every definer function of ops checks the caller''s role itself'
);
select isnt_empty(
  $$ select p.oid from pg_catalog.pg_proc p
     where p.pronamespace = 'ops'::regnamespace and p.prosecdef
       and has_function_privilege('developer', p.oid, 'execute') $$,
  'developers can execute at least one definer function of ops'
);
select set_eq(
  $$ select p.proname::text, string_agg(c.name, ' ' order by c.name)
     from pg_catalog.pg_proc p cross join pg_temp.callers() as c (name)
     where p.pronamespace = 'ops'::regnamespace and has_function_privilege(c.name, p.oid, 'execute')
       and p.proname in (
         'ingest_event', 'open_release', 'evaluate_gate', 'is_eligible_for_promotion', 'was_eligible_for_promotion',
         'gate_status_at', 'promotion_blockers', 'promotion_advice', 'gate_findings', 'grant_membership', 'revoke_membership',
         'replace_subject')
     group by p.oid, p.proname $$,
  $$ select f.name, f.callers
     from (values
       ('ingest_event', 'ci_service_role qa_tester release_manager service_role sre'),
       ('open_release', 'ci_service_role release_manager service_role'),
       ('evaluate_gate', 'ci_service_role release_manager service_role'),
       ('grant_membership', 'service_role'), ('revoke_membership', 'service_role'),
       ('replace_subject', 'service_role')) as f (name, callers)
     union all
     select n.name, 'audit_reader ci_service_role developer qa_tester release_manager service_role sre'
     from unnest(array['is_eligible_for_promotion', 'was_eligible_for_promotion', 'gate_status_at',
       'promotion_blockers', 'promotion_advice', 'gate_findings']) as n (name) $$,
  'each function can be executed by the roles of the access page and by no other'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace = 'ops'::regnamespace and p.provolatile = 'v'
       and p.proname in ('is_eligible_for_promotion', 'was_eligible_for_promotion', 'gate_status_at',
         'promotion_blockers', 'promotion_advice', 'gate_findings') $$,
  'functions that only answer a question cannot write'
);

-- The private schema.
select is_empty(
  $$ select a.grantee::regrole, a.privilege_type
     from pg_catalog.pg_namespace n cross join lateral aclexplode(n.nspacl) as a
     where n.nspname = 'ops_private' and a.grantee <> n.nspowner $$,
  'nobody may use ops_private or create something in it'
);
select is_empty(
  $$ select c.oid::regclass, a.grantee::regrole, a.privilege_type
     from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) as a
     where c.relnamespace = 'ops_private'::regnamespace and a.grantee <> c.relowner
       and not (c.relkind = 'v' and a.privilege_type = 'SELECT' and exists (
         with recursive uses (used, by) as (
           select d.refobjid, w.ev_class
           from pg_catalog.pg_depend d
           join pg_catalog.pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
           where d.refclassid = 'pg_class'::regclass and d.refobjid <> w.ev_class
         ), users (by) as (
           select u.by from uses u where u.used = c.oid
           union
           select u.by from users s join uses u on u.used = s.by
         )
         select from users s join pg_catalog.pg_class v on v.oid = s.by
         where v.relnamespace = 'ops'::regnamespace and has_table_privilege(a.grantee, v.oid, 'select'))) $$,
  'nobody has a right on a table of ops_private, except to read a view that a readable view of ops is made from'
);
select set_eq(
  $$ select p.oid::regprocedure, a.grantee
     from pg_catalog.pg_proc p
     cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
     where p.pronamespace = 'ops_private'::regnamespace and a.grantee <> p.proowner $$,
  $$ select n.oid::regprocedure as name, 0::oid as everybody from pg_temp.named() as n (oid) $$,
  'PUBLIC may execute the private functions that run with a caller''s rights, and no other'
);
select isnt_empty('select pg_temp.named()', 'at least one private function runs with a caller''s rights');
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where not p.prosecdef and (p.pronamespace = 'ops'::regnamespace or p.oid in (select pg_temp.named()))
       and regexp_replace(p.prosrc, '--.*?$', '', 'gn') ~ '\mops_private\.' $$,
  'functions that run with a caller''s rights name nothing in ops_private'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace in (select pg_temp.both()) and (p.prorettype = 'trigger'::regtype)
       <> (p.pronamespace = 'ops_private'::regnamespace and starts_with(p.proname, 'tg_')) $$,
  'trigger functions are private and named tg_..., and no other function is'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_catalog.pg_proc p
     where p.pronamespace in (select pg_temp.both()) and p.prorettype = 'trigger'::regtype
       and (not p.prosecdef or p.prosrc ~ 'ops_private\.require_(any_)?role\(') $$,
  'trigger functions are definers and do not check the caller''s role'
);

-- Tables.
select is_empty(
  $$ select c.relname from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity $$,
  'row level security is on for every table'
);
select set_eq(
  $$ select g.grantee, g.right, string_agg(g.name, ' ' order by g.name collate "C")
     from (
       select a.grantee::regrole::text as grantee, a.privilege_type as right, c.relname::text as name
       from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) as a
       where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r'
         and a.grantee not in (c.relowner, 'service_role'::regrole, 'supabase_auth_admin'::regrole)
         and c.relname not in ('deployment_reports', 'memberships', 'replaced_subjects', 'contested_report_ends')
       union
       select a.grantee::regrole::text, a.privilege_type || ' of columns', c.relname
       from pg_catalog.pg_class c
       join pg_catalog.pg_attribute t on t.attrelid = c.oid
       cross join lateral aclexplode(t.attacl) as a
       where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r'
     ) as g
     group by g.grantee, g.right $$,
  $$ values
    ('ci_service_role', 'SELECT', 'gate_checks release_gates releases'),
    ('ci_service_role', 'INSERT', 'environment_events event_ingest_log gate_checks'),
    ('release_manager', 'SELECT', 'approvals build_artifacts contested_reports deployments dismissals environment_events event_ingest_log evidence_artifacts '
      || 'exceptions gate_checks gate_requirements incidents members notice_deliveries notices policy_changes projects recovery_drills release_gates releases retired_releases retired_targets'),
    ('release_manager', 'INSERT', 'approvals exceptions'),
    ('release_manager', 'UPDATE of columns', 'exceptions release_gates'),
    ('qa_tester', 'SELECT', 'build_artifacts evidence_artifacts gate_checks releases'),
    ('qa_tester', 'INSERT', 'approvals evidence_artifacts'),
    ('sre', 'SELECT', 'deployments environment_events incidents recovery_drills releases retired_releases retired_targets'),
    ('sre', 'INSERT', 'deployments evidence_artifacts incidents recovery_drills'),
    ('sre', 'UPDATE of columns', 'deployments incidents'),
    ('developer', 'SELECT', 'gate_checks releases'),
    ('developer', 'INSERT', 'gate_checks'),
    ('audit_reader', 'SELECT', 'approvals build_artifacts contested_reports deployments dismissals environment_events event_ingest_log evidence_artifacts '
      || 'exceptions gate_checks gate_requirements incidents members notice_deliveries notices policy_changes projects recovery_drills release_gates releases retired_releases retired_targets') $$,
  'each role has the rights of the access page on tables, and no other'
);
select is_empty(
  $$ select c.relname, a.grantee::regrole, a.privilege_type
     from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) as a
     where c.relnamespace = 'ops'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and a.grantee <> c.relowner
       and (a.privilege_type not in ('SELECT', 'INSERT', 'UPDATE') or a.is_grantable) $$,
  'only the owner has DELETE, TRUNCATE, REFERENCES, TRIGGER or MAINTAIN, and may grant rights'
);
select set_eq(
  $$ select c.relname::text, string_agg(a.privilege_type, ' ' order by a.privilege_type)
     from pg_catalog.pg_class c cross join lateral aclexplode(c.relacl) as a
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and a.grantee = 'service_role'::regrole
     group by c.relname $$,
  $$ select t.name, 'INSERT SELECT UPDATE' as rights from unnest(array[
       'releases', 'release_gates', 'gate_checks', 'approvals', 'evidence_artifacts', 'exceptions', 'deployments',
       'environment_events', 'event_ingest_log', 'incidents', 'recovery_drills']) as t (name)
     union all
     select t.name, 'SELECT' from unnest(array[
       'gate_requirements', 'policy_changes', 'members', 'deployment_reports', 'memberships', 'replaced_subjects',
       'contested_reports', 'contested_report_ends', 'projects',
       'retired_targets', 'retired_releases',
       'build_artifacts',
       'dismissals', 'notices', 'notice_deliveries', 'notice_targets']) as t (name) $$,
  'the service role reads and writes the eleven tables, and only reads those that functions write'
);
select is_empty(
  $$ select c.relname, r.name, v.name
     from pg_catalog.pg_class c
     cross join (values ('public'), ('anon'), ('authenticated')) as r (name)
     cross join (values ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('trigger')) as v (name)
     where c.relnamespace = 'ops'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
       and has_table_privilege(r.name, c.oid, v.name) $$,
  'PUBLIC, anon and authenticated have no right on a table or view'
);
select is_empty(
  $$ select t.name, e.name from unnest(array[
       'environment_events', 'event_ingest_log', 'gate_checks', 'approvals', 'evidence_artifacts', 'deployment_reports',
       'memberships', 'replaced_subjects', 'contested_reports', 'contested_report_ends', 'projects', 'recovery_drills',
       'retired_targets', 'retired_releases',
       'build_artifacts',
       'dismissals', 'notices'
     ]) as t (name)
     cross join (values ('delete', 8), ('update', 16), ('truncate', 32)) as e (name, bit)
     where not exists (
       select from pg_catalog.pg_trigger g
       where g.tgrelid = format('ops.%I', t.name)::regclass and g.tgenabled = 'A' and g.tgtype & e.bit = e.bit
         and g.tgtype & 3 = 2 and g.tgqual is null and cardinality(g.tgattr) = 0) $$,
  'append-only tables refuse UPDATE, DELETE and TRUNCATE in a trigger that is always enabled'
);
select is_empty(
  $$ select c.relname, e.name from pg_catalog.pg_class c
     cross join (values ('delete', 8), ('truncate', 32)) as e (name, bit)
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and not exists (
       select from pg_catalog.pg_trigger g
       where g.tgrelid = c.oid and g.tgenabled = 'A' and g.tgtype & e.bit = e.bit
         and g.tgtype & 3 = 2 and g.tgqual is null) $$,
  'every table refuses DELETE and TRUNCATE in a trigger that is always enabled'
);
select is(
  count(distinct g.tgfoid), 1::bigint, 'one function makes all these refusals'
)
from pg_catalog.pg_trigger as g
inner join pg_catalog.pg_class as c on g.tgrelid = c.oid
where c.relnamespace = 'ops'::regnamespace and not g.tgisinternal and g.tgtype & 3 = 2
  -- It takes a lock, and refuses nothing.
  and g.tgfoid <> 'ops_private.tg_lock_policy()'::regprocedure;
-- A dump is loaded in replica mode: triggers on INSERT do not fire then, so its rows are stored as they are.
-- Triggers that guard changes fire in replica mode too.
select is_empty(
  $$ select t.tgrelid::regclass, t.tgname from pg_catalog.pg_trigger t
     join pg_catalog.pg_class c on c.oid = t.tgrelid
     where c.relnamespace in (select pg_temp.both()) and not t.tgisinternal
       and t.tgenabled <> case when t.tgtype & 4 = 4 then 'O' else 'A' end $$,
  'triggers on INSERT do not fire in replica mode, and those on UPDATE, DELETE or TRUNCATE do'
);
select is_empty(
  $$ select t.tgrelid::regclass, t.tgname from pg_catalog.pg_trigger t
     join pg_catalog.pg_class c on c.oid = t.tgrelid
     where c.relnamespace in (select pg_temp.both()) and not t.tgisinternal
       and t.tgtype & 4 = 4 and t.tgtype & 56 <> 0 $$,
  'no trigger is on INSERT and on another command'
);
select is(
  count(distinct f.tgfoid) || ' of ' || count(f.tgfoid), '1 of 6',
  'an insert of what belongs to a release locks the release first, by one function'
)
from unnest(array[
  'release_gates', 'gate_checks', 'approvals', 'evidence_artifacts', 'exceptions', 'deployments'
]) as t (name)
cross join lateral (
  select g.tgfoid
  from pg_catalog.pg_trigger as g
  where g.tgrelid = format('ops.%I', t.name)::regclass and not g.tgisinternal and g.tgtype & 7 = 7
  order by g.tgname
  limit 1
) as f;

select finish();
rollback;
