begin;
create extension if not exists pgtap with schema extensions;
select plan(69);

\ir helpers/functions.psql

set local role service_role;
\ir helpers/members.psql

-- Whose rights a view uses.
select pg_temp.ready('known');
select pg_temp.deploy('known', 10, 'staging', 's1', 'succeeded');
select pg_temp.except_for('known', 'gate_bypass', '{G1}');
set local role none;
select results_eq(
  $$ select c.relname::text collate "default" from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'v'
       and c.reloptions @> array['security_invoker=true'] order by 1 $$,
  array[
    'v_delivery_metrics', 'v_deployment_history', 'v_evidence_completeness', 'v_exception_status', 'v_gate_durations',
    'v_live', 'v_memberships', 'v_policy_changes', 'v_promotion_eligibility', 'v_release_gate_summary', 'v_waiting'
  ], 'all views run with the rights of the reader'
);
select is_empty(
  $$ select c.relname from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind in ('v', 'm')
       and (c.reloptions @> array['security_invoker=true']) is not true $$, 'there is no other view'
);
select results_eq(
  $$ select c.relname::text collate "default", a.grantee::regrole::text, string_agg(a.privilege_type, ' ')
     from pg_catalog.pg_class c cross join lateral pg_catalog.aclexplode(c.relacl) as a
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'v' and a.grantee <> c.relowner
     group by 1, 2 order by 1, 2 $$,
  $$ select v.name, r.name, 'SELECT'
     from unnest(array[
       'v_delivery_metrics', 'v_deployment_history', 'v_evidence_completeness', 'v_exception_status',
       'v_gate_durations', 'v_live', 'v_memberships', 'v_policy_changes', 'v_promotion_eligibility',
       'v_release_gate_summary', 'v_waiting']) as v (name)
     cross join unnest(array['audit_reader', 'release_manager', 'service_role', 'sre']) as r (name)
     where r.name <> 'sre' or v.name in ('v_deployment_history', 'v_live') order by 1, 2 $$,
  'these roles may read the views, and nobody may write them'
);
grant select on ops.v_exception_status, ops.v_deployment_history to qa_tester;
select throws_ok(
  format('select pg_temp.as_person(''qa_tester'', ''qa-1'', ''select count(*) from ops.%I'')', t.name), '42501', null,
  format('a right on %s without a right on its tables is not enough', t.name)
)
from unnest(array['v_exception_status', 'v_deployment_history']) as t (name);
revoke select on ops.v_exception_status, ops.v_deployment_history from qa_tester;
create policy pgtap_hidden on ops.exceptions as restrictive for select to audit_reader using (false);
set local role service_role;
select is(
  pg_temp.as_person('audit_reader', 'audit-1', 'select count(*) from ops.v_exception_status'), '0',
  'the view hides rows that row level security hides'
);
set local role none;
drop policy pgtap_hidden on ops.exceptions;
set local role service_role;

-- Who may read a view.
select is(
  pg_temp.as_person(
    t.role, t.subject, format('select (count(*) > 0)::text from ops.%I where release_id = %%L', t.name),
    pg_temp.release('known')::text
  ), 'true', format('%s reads %s', t.role, t.name)
)
from (
  select
    v.name,
    r.role,
    r.subject
  from unnest(array[
    'v_deployment_history', 'v_evidence_completeness', 'v_exception_status', 'v_promotion_eligibility',
    'v_release_gate_summary', 'v_live', 'v_waiting'
  ]) as v (name)
  cross join (values ('release_manager', 'rm-1'), ('audit_reader', 'audit-1'), ('service_role', null), ('sre', 'sre-1'))
    as r (role, subject)
  where r.role <> 'sre' or v.name in ('v_deployment_history', 'v_live')
) as t;
select throws_ok(
  format('select pg_temp.as_person(%L, %L, %L)', t.role, 'somebody', format('select count(*) from ops.%I', t.name)),
  '42501', null, format('%s cannot read %s', t.role, t.name)
)
from (
  select
    v.name,
    r.role
  from unnest(array[
    'v_deployment_history', 'v_evidence_completeness', 'v_exception_status', 'v_promotion_eligibility',
    'v_release_gate_summary', 'v_live', 'v_waiting'
  ]) as v (name)
  cross join unnest(array['ci_service_role', 'qa_tester', 'developer', 'sre', 'authenticated', 'anon']) as r (role)
  where r.role <> 'sre' or v.name not in ('v_deployment_history', 'v_live')
) as t;

select finish();
rollback;
