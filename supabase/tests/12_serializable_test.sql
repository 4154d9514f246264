begin;
set local transaction_isolation = 'serializable';
create extension if not exists pgtap with schema extensions;
select plan(9);

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
create function pg_temp.gate(name text, code text) returns uuid
language sql stable as $$
  select g.gate_id
  from ops.release_gates g
  where g.release_id = pg_temp.release(name) and g.gate_code::text = code
$$;
create function pg_temp.eligible(name text, target text) returns boolean
language sql as $$
  select ops.is_eligible_for_promotion(pg_temp.release(name), target)
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

set local role service_role;
select ops.grant_membership(m.subject, m.role, m.handle)
from (values
  ('dev-1', 'developer', 'dev-handle'), ('qa-1', 'qa_tester', 'qa-handle'), ('qa-2', 'qa_tester', null),
  ('rm-1', 'release_manager', 'rm-handle'), ('rm-2', 'release_manager', null), ('sre-1', 'sre', null),
  ('bot-1', 'ci_service_role', null)
) as m (subject, role, handle);

-- A writer that judges by an old snapshot would judge by half of the facts.
select pg_temp.open('new');
select throws_ok(
  $$ select ops.evaluate_gate(pg_temp.gate('new', 'G1')) $$, 'OPS03', null, 'a gate is not evaluated at serializable'
);
select throws_ok(
  $$ select pg_temp.build('new', 1, 'pass') $$, 'OPS03', null, 'an event is not ingested at serializable'
);
select throws_ok(
  $$ insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
     values (pg_temp.release('new'), pg_temp.gate('new', 'G1'), 'build', 'manual', 'pass') $$,
  'OPS03', null, 'a check cannot be recorded at serializable'
);
select throws_ok(
  $$ insert into ops.approvals (release_id, approver_id, persona_role, decision, scope)
     values (pg_temp.release('new'), 'rm-1', 'release_manager', 'approved', 'release') $$,
  'OPS03', null, 'a decision cannot be recorded at serializable'
);
select throws_ok(
  $$ insert into ops.evidence_artifacts (release_id, artifact_type, source_system, artifact_url)
     values (pg_temp.release('new'), 'build_log', 'manual', 'https://evidence.test/1') $$,
  'OPS03', null, 'evidence cannot be linked to a release at serializable'
);
select throws_ok(
  $$ insert into ops.exceptions (
       release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
     values (pg_temp.release('new'), 'gate_bypass', '{G1}', 'why', 'risk', 'rm-1', now() + interval '1 hour') $$,
  'OPS03', null, 'an exception cannot be recorded at serializable'
);
select throws_ok(
  $$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
     values (pg_temp.release('new'), 'staging', 's1', 'sha-1', 'succeeded') $$,
  'OPS03', null, 'a deployment cannot be recorded at serializable'
);
select lives_ok(
  $$ insert into ops.evidence_artifacts (artifact_type, source_system, artifact_url)
     values ('reference', 'manual', 'https://evidence.test/1') $$,
  'what belongs to no release is recorded at any isolation level'
);
select is(pg_temp.eligible('new', 'dev'), true, 'questions are answered at any isolation level');

select finish();
rollback;
