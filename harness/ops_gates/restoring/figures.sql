-- What can be compared of two databases, one row each: (kind, name, value). No value of any row is in it.

-- kind: trigger
select
  'trigger', concat_ws('.', n.nspname, c.relname, t.tgname),
  concat_ws(' ', case t.tgenabled
    when 'O' then 'on' when 'A' then 'always on' when 'R' then 'on in replica mode alone' else 'off' end,
  md5(pg_get_triggerdef(t.oid)))
from pg_trigger as t
inner join pg_class as c on c.oid = t.tgrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private') and not t.tgisinternal;

-- kind: row security
select
  'row security', concat_ws('.', n.nspname, c.relname),
  case when c.relrowsecurity then 'on' else 'off' end || case when c.relforcerowsecurity then ', for the owner too' else '' end
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private') and c.relkind = 'r';

-- kind: policy
select
  'policy', concat_ws('.', n.nspname, c.relname, p.polname),
  concat_ws(' ', p.polcmd::text, case when p.polpermissive then 'permissive' else 'restrictive' end, 'for', (
    select string_agg(u.rolname, ', ' order by u.rolname) from pg_roles as u where u.oid = any (p.polroles)),
    md5(format('%s and %s', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))))
from pg_policy as p
inner join pg_class as c on c.oid = p.polrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private');

-- kind: constraint
select
  'constraint', concat_ws('.', n.nspname, c.relname, k.conname),
  concat_ws(' ', case when k.convalidated then 'valid' else 'not valid' end, md5(pg_get_constraintdef(k.oid)))
from pg_constraint as k
inner join pg_class as c on c.oid = k.conrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private') and k.contype in ('c', 'f', 'p', 'u', 'x');

-- kind: column
select
  'column', concat_ws('.', n.nspname, c.relname, t.attname),
  concat_ws(', ', format_type(t.atttypid, t.atttypmod), case when t.attnotnull then 'not null' end,
    nullif(t.attidentity::text, ''), nullif(t.attgenerated::text, ''), md5(pg_get_expr(d.adbin, d.adrelid)))
from pg_attribute as t
inner join pg_class as c on c.oid = t.attrelid
inner join pg_namespace as n on n.oid = c.relnamespace
left join pg_attrdef as d on d.adrelid = t.attrelid and d.adnum = t.attnum
where n.nspname in ('ops', 'ops_private') and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and t.attnum > 0
  and not t.attisdropped;

-- kind: index
select 'index', concat_ws('.', n.nspname, c.relname), md5(pg_get_indexdef(c.oid))
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private') and c.relkind in ('i', 'I');

-- kind: view
select
  'view', concat_ws('.', n.nspname, c.relname),
  concat_ws(' ', array_to_string(c.reloptions, ', '), md5((
    select string_agg(distinct o.identity, ' ' order by o.identity)
    from pg_depend as d cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as o
    where d.classid = 'pg_rewrite'::regclass and d.objid = w.oid)),
  -- Postgres 16 and later leave out the table of a column where there is only one. What a view names stands above.
  md5(regexp_replace(pg_get_viewdef(c.oid), '\m\w+\.(?=\w)', '', 'g')))
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
inner join pg_rewrite as w on w.ev_class = c.oid and w.rulename = '_RETURN'
where n.nspname in ('ops', 'ops_private');

-- kind: rule
select 'rule', concat_ws('.', n.nspname, c.relname, w.rulename), concat_ws(' ', w.ev_enabled, md5(pg_get_ruledef(w.oid)))
from pg_rewrite as w
inner join pg_class as c on c.oid = w.ev_class
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private') and w.rulename <> '_RETURN';

-- kind: enum
select 'enum', concat_ws('.', n.nspname, t.typname), md5(string_agg(e.enumlabel, ', ' order by e.enumsortorder))
from pg_enum as e
inner join pg_type as t on t.oid = e.enumtypid
inner join pg_namespace as n on n.oid = t.typnamespace
where n.nspname in ('ops', 'ops_private')
group by n.nspname, t.typname;

-- kind: owner
select 'owner', o.named, u.rolname
from (
  select 'schema ' || n.nspname as named, n.nspowner as owner from pg_namespace as n
  where n.nspname in ('ops', 'ops_private')
  union all
  select concat_ws('.', n.nspname, c.relname), c.relowner
  from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in ('ops', 'ops_private') and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.proowner
  from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
  where n.nspname in ('ops', 'ops_private')
) as o
inner join pg_roles as u on u.oid = o.owner;

-- kind: role
select
  'role', r.rolname,
  concat_ws(', ', case when r.rolcanlogin then 'logs in' end, case when r.rolsuper then 'superuser' end,
    case when r.rolbypassrls then 'bypasses row security' end, case when r.rolcreaterole then 'creates roles' end,
    case when r.rolreplication then 'replicates' end, case when not r.rolinherit then 'inherits nothing' end,
    'in ' || (
      select string_agg(distinct o.rolname, ' ' order by o.rolname)
      from pg_auth_members as m inner join pg_roles as o on o.oid = m.roleid where m.member = r.oid),
    'has ' || (
      -- Who made a role may administer it.
      select string_agg(distinct o.rolname, ' ' order by o.rolname)
      from pg_auth_members as m inner join pg_roles as o on o.oid = m.member
      where m.roleid = r.oid and o.rolname not in ('postgres', 'supabase_admin')))
from pg_roles as r
where r.rolname in ('ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');

-- kind: default grant
select
  'default grant', format('%s of %s in %s to %s', d.defaclobjtype, o.rolname, n.nspname, coalesce(u.rolname, 'public')),
  string_agg(a.privilege_type, ', ' order by a.privilege_type)
from pg_default_acl as d
inner join pg_namespace as n on n.oid = d.defaclnamespace
inner join pg_roles as o on o.oid = d.defaclrole
cross join lateral aclexplode(d.defaclacl) as a
left join pg_roles as u on u.oid = a.grantee
where n.nspname in ('ops', 'ops_private')
group by d.defaclobjtype, o.rolname, n.nspname, u.rolname;

-- kind: sequence
select 'sequence', concat_ws('.', s.schemaname, s.sequencename), coalesce(s.last_value::text, 'not begun')
from pg_sequences as s where s.schemaname in ('ops', 'ops_private');

-- kind: function
select
  'function', format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
  md5(pg_get_functiondef(p.oid))
from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
where n.nspname in ('ops', 'ops_private') and p.prokind in ('f', 'p');

-- kind: grant
select
  'grant', concat_ws(' ', o.named, 'to', coalesce(u.rolname, 'public')),
  string_agg(a.privilege_type || case when a.is_grantable then '*' else '' end, ', ' order by a.privilege_type)
from (
  select 'schema ' || n.nspname as named, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl
  from pg_namespace as n where n.nspname in ('ops', 'ops_private')
  union all
  select
    concat_ws('.', n.nspname, c.relname),
    coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
  from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in ('ops', 'ops_private') and c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select concat_ws('.', n.nspname, c.relname, t.attname), t.attacl
  from pg_attribute as t
  inner join pg_class as c on c.oid = t.attrelid
  inner join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname in ('ops', 'ops_private') and not t.attisdropped
  union all
  select
    format('%s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
    coalesce(p.proacl, acldefault('f', p.proowner))
  from pg_proc as p inner join pg_namespace as n on n.oid = p.pronamespace
  where n.nspname in ('ops', 'ops_private')
  union all
  select concat_ws('.', n.nspname, t.typname), coalesce(t.typacl, acldefault('T', t.typowner))
  from pg_type as t inner join pg_namespace as n on n.oid = t.typnamespace
  where n.nspname in ('ops', 'ops_private') and t.typtype in ('e', 'd')
) as o
cross join lateral aclexplode(o.acl) as a
left join pg_roles as u on u.oid = a.grantee
where a.privilege_type <> 'MAINTAIN' -- from Postgres 17 on, so an older source has none
group by o.named, u.rolname;
