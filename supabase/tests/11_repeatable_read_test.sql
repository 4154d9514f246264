begin;
set local transaction_isolation = 'repeatable read';
create extension if not exists pgtap with schema extensions;
select plan(9);

\ir helpers/functions.psql

-- ops.grant_membership refuses this isolation level too, so the owner writes the rows.
create or replace function pg_temp.grant_to(who text, role text, handle text default null) returns void
language sql security definer as $$
  with member as (
    insert into ops.members (subject, handle, kind)
    values (who, handle, case role when 'ci_service_role' then 'bot' else 'person' end) returning member_id, handle
  )
  insert into ops.memberships (member_id, role, granted, handle, on_behalf_of, reason)
  select m.member_id, grant_to.role, true, m.handle, 'the operator', 'a test' from member m
$$;

set local role service_role;
\ir helpers/members.psql
\ir helpers/old_snapshots.psql

select finish();
rollback;
