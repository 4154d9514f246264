begin;
create extension if not exists pgtap with schema extensions;
select plan(51);

-- Releases are named within one project, and times are minutes of the past two hours.
create function pg_temp.minute(n numeric) returns timestamptz
language sql stable as $$
  select now() - interval '120 minutes' + n * interval '1 minute'
$$;
create function pg_temp.release(name text) returns uuid
language sql stable as $$
  select r.release_id
  from ops.releases r
  where r.project = 'pgtap/project' and r.release_name = name
$$;
create function pg_temp.as_person(role text, subject text, statement text, arg text default null) returns text
language plpgsql as $$
declare
  v_answer text;
begin
  perform set_config('request.jwt.claims', jsonb_build_object('sub', subject, 'role', role)::text, true);
  perform set_config('role', role, true);
  execute format(statement, arg) into v_answer;
  perform set_config('role', 'service_role', true);
  perform set_config('request.jwt.claims', '', true);
  return v_answer;
end
$$;
create function pg_temp.open(name text, target text default 'production', initiator text default 'dev-1') returns uuid
language sql as $$
  select ops.open_release('pgtap/project', name, target, 'sha-1', initiating_actor => initiator)
$$;
create function pg_temp.event(
  type text, name text, minute numeric, payload jsonb, gate text default null, key text default gen_random_uuid()::text
) returns jsonb
language sql stable as $$
  select jsonb_build_object(
    'schema_version', 'v1.0', 'idempotency_key', format('agent/%s/%s', key, type), 'event_type', type,
    'source_system', 'agent', 'release_id', pg_temp.release(name), 'gate_code', gate, 'payload', payload,
    'emitted_at', to_char(pg_temp.minute(minute) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  )
$$;
create function pg_temp.build(name text, minute numeric, status text, more jsonb default '{}') returns text
language sql as $$
  select ops.ingest_event(
    pg_temp.event('build_complete', name, minute, jsonb_build_object('status', status) || more)) ->> 'status'
$$;
create function pg_temp.sign(
  name text, minute numeric, gate text, who text, decision text, evidence text default null
) returns text
language sql as $$
  select coalesce(a ->> 'error', a ->> 'status')
  from ops.ingest_event(pg_temp.event('gate_signoff', name, minute, jsonb_build_object(
    'decision', decision, 'approver_id', who, 'rationale_structured', '{"criteria": "met"}'::jsonb,
    'persona_role', coalesce((select m.role from ops.role_members m where m.subject = who), 'qa_tester'),
    'evidence', case when evidence is not null then
      jsonb_build_array(jsonb_build_object('artifact_type', evidence, 'artifact_url', 'https://evidence.test/1')) end
  ), gate)) as a
$$;
create function pg_temp.deploy(
  name text, minute numeric, environment text, ref text, status text, more jsonb default '{}'
) returns text
language sql as $$
  select coalesce(a ->> 'error', a ->> 'status')
  from ops.ingest_event(pg_temp.event('deployment_event', name, minute, jsonb_build_object(
    'environment', environment, 'deployment_ref', ref, 'status', status, 'source_ref', 'sha-1') || more)) as a
$$;
create function pg_temp.ready(name text, target text default 'production') returns void
language sql as $$
  select pg_temp.open(name, target);
  select pg_temp.build(name, 1, 'pass');
  select pg_temp.sign(name, 2, 'G2', 'qa-1', 'approved', 'test_result');
  select pg_temp.sign(name, 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
$$;
create function pg_temp.except_for(
  name text, type text, gates text, lasts interval default '1 hour', starts timestamptz default clock_timestamp(),
  approver text default 'rm-1'
) returns uuid
language sql as $$
  insert into ops.exceptions (
    release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, effective_from, expires_at
  )
  values (
    pg_temp.release(name), type::ops.ops_exception_type, gates::ops.ops_gate_code[], 'hotfix', 'not everything is known',
    approver, starts, starts + lasts
  )
  returning exception_id
$$;
set local role service_role;
select ops.grant_membership(m.subject, m.role, m.handle)
from (values
  ('dev-1', 'developer', 'dev-handle'), ('qa-1', 'qa_tester', 'qa-handle'), ('qa-2', 'qa_tester', null),
  ('rm-1', 'release_manager', 'rm-handle'), ('rm-2', 'release_manager', null), ('sre-1', 'sre', null),
  ('bot-1', 'ci_service_role', null)
) as m (subject, role, handle);

-- With whose rights.
select pg_temp.ready('known');
select pg_temp.deploy('known', 10, 'staging', 's1', 'succeeded');
select pg_temp.except_for('known', 'gate_bypass', '{G1}');
set local role none;
select results_eq(
  $$ select c.relname::text collate "default" from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'v'
       and c.reloptions @> array['security_invoker=true'] order by 1 $$,
  array[
    'v_deployment_history', 'v_evidence_completeness', 'v_exception_status', 'v_promotion_eligibility',
    'v_release_gate_summary'
  ], 'the five views run with the rights of who asks'
);
select is_empty(
  $$ select c.relname from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind in ('v', 'm')
       and (c.reloptions @> array['security_invoker=true']) is not true $$, 'and there is no other'
);
select results_eq(
  $$ select c.relname::text collate "default", a.grantee::regrole::text, string_agg(a.privilege_type, ' ')
     from pg_catalog.pg_class c cross join lateral pg_catalog.aclexplode(c.relacl) as a
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'v' and a.grantee <> c.relowner
     group by 1, 2 order by 1, 2 $$,
  $$ select v.name, r.name, 'SELECT'
     from unnest(array[
       'v_deployment_history', 'v_evidence_completeness', 'v_exception_status', 'v_promotion_eligibility',
       'v_release_gate_summary']) as v (name)
     cross join unnest(array['audit_reader', 'release_manager', 'service_role', 'sre']) as r (name)
     where r.name <> 'sre' or v.name = 'v_deployment_history' order by 1, 2 $$,
  'they may be read by these roles, and be written by nobody'
);
grant select on ops.v_exception_status, ops.v_deployment_history to qa_tester;
select throws_ok(
  format('select pg_temp.as_person(''qa_tester'', ''qa-1'', ''select count(*) from ops.%I'')', t.name), '42501', null,
  format('a right on %s alone, without one on its tables, is not enough', t.name)
)
from unnest(array['v_exception_status', 'v_deployment_history']) as t (name);
revoke select on ops.v_exception_status, ops.v_deployment_history from qa_tester;
create policy pgtap_hidden on ops.exceptions as restrictive for select to audit_reader using (false);
set local role service_role;
select is(
  pg_temp.as_person('audit_reader', 'audit-1', 'select count(*) from ops.v_exception_status'), '0',
  'what row security hides from a reader, the view hides too'
);
set local role none;
drop policy pgtap_hidden on ops.exceptions;
set local role service_role;

-- Who may ask.
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
    'v_release_gate_summary'
  ]) as v (name)
  cross join (values ('release_manager', 'rm-1'), ('audit_reader', 'audit-1'), ('service_role', null), ('sre', 'sre-1'))
    as r (role, subject)
  where r.role <> 'sre' or v.name = 'v_deployment_history'
) as t;
select throws_ok(
  format('select pg_temp.as_person(%L, %L, %L)', t.role, 'somebody', format('select count(*) from ops.%I', t.name)),
  '42501', null, format('%s does not read %s', t.role, t.name)
)
from (
  select
    v.name,
    r.role
  from unnest(array[
    'v_deployment_history', 'v_evidence_completeness', 'v_exception_status', 'v_promotion_eligibility',
    'v_release_gate_summary'
  ]) as v (name)
  cross join unnest(array['ci_service_role', 'qa_tester', 'developer', 'sre', 'authenticated', 'anon']) as r (role)
  where r.role <> 'sre' or v.name <> 'v_deployment_history'
) as t;

select finish();
rollback;
