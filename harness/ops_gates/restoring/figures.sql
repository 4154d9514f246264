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
    select string_agg(u.rolname, ', ' order by u.rolname) from pg_roles as u where u.oid = any (p.polroles)))
from pg_policy as p
inner join pg_class as c on c.oid = p.polrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private');

-- kind: constraint
select
  'constraint', concat_ws('.', n.nspname, c.relname, k.conname), case when k.convalidated then 'valid' else 'not valid' end
from pg_constraint as k
inner join pg_class as c on c.oid = k.conrelid
inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('ops', 'ops_private') and k.contype in ('c', 'f', 'p', 'u');

-- kind: sequence
select 'sequence', concat_ws('.', s.schemaname, s.sequencename), coalesce(s.last_value::text, 'not begun')
from pg_sequences as s where s.schemaname in ('ops', 'ops_private');
