-- What must hold in every database that was restored whole: one query a question, its rows are what is wrong.

-- question: triggers are switched on as they were
select
  format('%s on %s is %s', t.tgname, t.tgrelid::regclass,
    case t.tgenabled when 'O' then 'on' when 'A' then 'always on' when 'R' then 'on in replica mode alone' else 'off' end)
from pg_trigger as t
inner join pg_class as c on c.oid = t.tgrelid
where c.relnamespace in ('ops'::regnamespace, 'ops_private'::regnamespace)
  -- Those that refuse a change are on in every mode. Those of an insert, and those of foreign keys, leave a restore alone.
  and t.tgenabled <> case when not t.tgisinternal and t.tgtype & 4 = 0 then 'A' else 'O' end
order by 1;

-- question: every table stamps and keeps its rows
select c.oid::regclass::text
from pg_class as c
where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and (
  not exists (
    select from pg_trigger as t where t.tgrelid = c.oid and t.tgfoid = 'ops_private.tg_stamp_provenance'::regproc)
  or not exists (
    select from pg_trigger as t
    where t.tgrelid = c.oid and t.tgtype & 8 = 8 and t.tgfoid = 'ops_private.tg_refuse_change'::regproc))
order by 1;

-- question: row security is on, with a policy that asks for the project
select c.oid::regclass::text
from pg_class as c
where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and (
  not c.relrowsecurity or not exists (select from pg_policy as p where p.polrelid = c.oid and not p.polpermissive))
order by 1;

-- question: constraints and indexes are valid
select k.conname::text
from pg_constraint as k
where k.connamespace in ('ops'::regnamespace, 'ops_private'::regnamespace) and not k.convalidated
union all
select i.indexrelid::regclass::text
from pg_index as i inner join pg_class as c on c.oid = i.indrelid
where c.relnamespace in ('ops'::regnamespace, 'ops_private'::regnamespace) and not i.indisvalid;

-- question: each accepted event has the hash of its content
select l.ingest_id::text
from ops.event_ingest_log as l
where l.content is not null and l.payload_hash <> encode(sha256(convert_to(l.content::text, 'UTF8')), 'hex')
order by 1;

-- question: each duplicate names an accepted event
select l.ingest_id::text
from ops.event_ingest_log as l
where l.duplicate_of is not null and not exists (
  select from ops.event_ingest_log as o where o.ingest_id = l.duplicate_of and o.processing_status = 'accepted')
order by 1;

-- question: each release has its four gates
select r.release_id::text
from ops.releases as r
where 4 <> (select count(*) from ops.release_gates as g where g.release_id = r.release_id)
order by 1;

-- question: each member has a membership, and the subject that is on record
select m.member_id::text
from ops.members as m
where not exists (select from ops.memberships as s where s.member_id = m.member_id)
  or m.subject <> coalesce((
    select o.new_subject from ops.replaced_subjects as o where o.member_id = m.member_id
    order by o.replacement_id desc limit 1), m.recorded_as)
order by 1;
