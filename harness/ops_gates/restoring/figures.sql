-- What can be compared of two databases, one row each: (kind, name, value). No value of any row is in it.

-- kind: trigger
select
  'trigger', concat_ws('.', n.nspname, c.relname, t.tgname),
  case t.tgenabled when 'O' then 'on' when 'A' then 'always on' when 'R' then 'on in replica mode alone' else 'off' end
from pg_trigger as t
inner join pg_class as c on c.oid = t.tgrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private') and not t.tgisinternal;

-- kind: row security
select 'row security', concat_ws('.', n.nspname, c.relname), case when c.relrowsecurity then 'on' else 'off' end
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
where n.nspname in ('ops', 'ops_private') and k.contype in ('c', 'f', 'p', 'u');

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
) as o
cross join lateral aclexplode(o.acl) as a
left join pg_roles as u on u.oid = a.grantee
where a.privilege_type <> 'MAINTAIN' -- from Postgres 17 on, so an older source has none
group by o.named, u.rolname;
