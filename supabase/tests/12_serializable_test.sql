begin;
set local transaction_isolation = 'serializable';
create extension if not exists pgtap with schema extensions;
select plan(9);

\ir helpers/functions.psql
\ir helpers/members_by_owner.psql

set local role service_role;
\ir helpers/members.psql
\ir helpers/old_snapshots.psql

select finish();
rollback;
