begin;
create extension if not exists pgtap with schema extensions;
select plan(54);

\ir helpers/functions.psql

create function pg_temp.facts(name text) returns bigint[]
language sql stable as $$
  select array[
    (select count(*) from ops.gate_checks c where c.release_id = pg_temp.release(name)),
    (select count(*) from ops.approvals a where a.release_id = pg_temp.release(name)),
    (select count(*) from ops.evidence_artifacts e where e.release_id = pg_temp.release(name)),
    (select count(*) from ops.deployments d where d.release_id = pg_temp.release(name))
  ]
$$;
-- Store an answer under `name`, so that `kept` returns it later. Returns the answer's status.
create function pg_temp.keep(name text, answer jsonb) returns text
language sql as $$
  select set_config('pgtap.answer_' || name, answer::text, true)::jsonb ->> 'status'
$$;
create function pg_temp.kept(name text) returns jsonb
language sql stable as $$
  select current_setting('pgtap.answer_' || name)::jsonb
$$;
create function pg_temp.planted(code text) returns jsonb
language sql stable as $$
  select pg_temp.event('environment_event', null, 40, jsonb_build_object(
    'environment', 'dev', 'event_type', 'planted', 'data', jsonb_build_object('sqlstate', code)), key => 'planted-' || code)
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.open('one');

-- build_complete.
select is(
  pg_temp.keep('build', ops.ingest_event(pg_temp.event('build_complete', 'one', 10, '{
    "status": "pass", "artifact_ref": "https://ci.test/1", "source_ref": "sha-1", "duration": 1, "runner": null,
    "checks": [{"check_name": "lint", "status": "warning", "findings": 3}],
    "evidence": [{"artifact_type": "build_log", "artifact_url": "https://ci.test/log", "lines": 10}]}', key => 'run-1'))),
  'accepted', 'a build is accepted'
);
select pg_temp.same_rows(
  $$ select c.check_name::text collate "default", c.status::text, c.source_system::text, c.artifact_ref, c.metadata,
       c.observed_at
     from ops.gate_checks c where c.gate_id = pg_temp.gate('one', 'G1') $$,
  $$ values
    ('build', 'pass', 'agent', 'https://ci.test/1', '{"duration": 1, "runner": null}'::jsonb, pg_temp.minute(10)),
    ('lint', 'warning', 'agent', null, '{"findings": 3}', pg_temp.minute(10)) $$,
  'a build stores its checks on G1, with unknown fields as metadata'
);
select results_eq(
  $$ select e.artifact_type::text, e.artifact_url, e.metadata, e.gate_id = pg_temp.gate('one', 'G1'),
       c.check_name::text collate "default"
     from ops.evidence_artifacts e join ops.gate_checks c on c.check_id = e.check_id
     where e.release_id = pg_temp.release('one') $$,
  $$ values ('build_log', 'https://ci.test/log', '{"lines": 10}'::jsonb, true, 'build') $$,
  'a build stores its evidence, linked to its main check'
);
select is(
  pg_temp.kept('build') #> '{detail,gate}' #- '{gate_id}',
  '{"gate_code": "G1", "status_before": "pending", "status_after": "passed", "missing": []}',
  'the answer has the gate''s status before and after, and what is missing'
);
select is(pg_temp.stored('one', 'G1'), 'passed', 'the answer''s status_after is the stored status');

-- gate_signoff.
select is(
  pg_temp.keep('signoff', ops.ingest_event(pg_temp.event('gate_signoff', 'one', 11, '{
    "decision": "approved", "approver_id": "QA-Handle", "persona_role": "qa_tester",
    "rationale_structured": {"defects": 0}, "rationale_text": "fine"}', 'G2', 'session-1'))),
  'accepted', 'a sign-off is accepted'
);
select results_eq(
  $$ select a.approver_id, a.persona_role::text, a.decision::text, a.scope::text, a.rationale_structured,
       a.rationale_text::text, a.gate_id = pg_temp.gate('one', 'G2')
     from ops.approvals a where a.release_id = pg_temp.release('one') $$,
  $$ values ('qa-1', 'qa_tester', 'approved', 'gate', '{"defects": 0}'::jsonb, 'fine', true) $$,
  'a sign-off stores a decision of the named person on the gate'
);
select is(
  jsonb_path_query_array(pg_temp.kept('signoff'), '$.detail.gate.missing[*].kind'), '["evidence"]',
  'the answer says that evidence is still missing'
);
select is(
  pg_temp.sign('one', 12, 'G2', 'qa-1', 'approved', 'test_result'), 'accepted', 'a sign-off may carry its evidence'
);
select is(pg_temp.stored('one', 'G2'), 'passed', 'a sign-off with evidence passes the gate');

-- deployment_event and health_check.
select is(
  pg_temp.keep('deployment', ops.ingest_event(pg_temp.event('deployment_event', 'one', 20, format('{
    "environment": "staging", "deployment_ref": "s1", "status": "succeeded", "source_ref": "sha-1",
    "deployed_by": "deployer", "deployed_at": %s}', to_json(pg_temp.minute(10)))::jsonb, key => 'run-2'))),
  'accepted', 'a deployment is accepted'
);
select results_eq(
  $$ select environment::text, deployment_ref::text collate "default", status::text, source_ref::text collate "default",
       deployed_by collate "default", deployed_at, status_observed_at,
       was_eligible, blockers_at_deploy
     from pg_temp.deployment('one', 's1') $$,
  $$ values ('staging', 's1', 'succeeded', 'sha-1', 'deployer', pg_temp.minute(10),
       pg_temp.minute(20), true, '[]'::jsonb) $$,
  'a deployment event stores a deployment with its eligibility'
);
select is(
  pg_temp.kept('deployment') #> '{detail,was_eligible}', 'true', 'the answer says whether the deployment was eligible'
);
select is(
  pg_temp.keep('health', ops.ingest_event(pg_temp.event('health_check', 'one', 21, '{
    "environment": "staging", "deployment_ref": "s1", "status": "pass", "artifact_ref": "https://mon.test/1",
    "latency": 12}', 'G4', 'run-3'))),
  'accepted', 'a health check is accepted'
);
select results_eq(
  $$ select c.check_name::text collate "default", c.status::text, c.metadata, c.gate_id = pg_temp.gate('one', 'G4'),
       d.deployment_ref::text collate "default",
       d.g4_status::text, e.artifact_type::text, e.artifact_url, e.deployment_id = d.deployment_id
     from ops.gate_checks c
     join ops.deployments d on d.deployment_id = c.deployment_id
     join ops.evidence_artifacts e on e.check_id = c.check_id
     where c.release_id = pg_temp.release('one') $$,
  $$ values (
       'health', 'pass', '{"latency": 12}'::jsonb, true, 's1', 'passed', 'health_check', 'https://mon.test/1', true) $$,
  'a health check stores a check on G4, the deployment''s g4_status and evidence'
);
select is(pg_temp.kept('health') #>> '{detail,g4_status}', 'passed', 'the answer has the deployment''s g4_status');

-- environment_event.
select is(
  pg_temp.keep('environment', ops.ingest_event(pg_temp.event('environment_event', null, 30, '{
    "environment": "production", "event_type": "backup_complete", "data": {"bytes": 5}, "region": "a"}',
    key => 'cron-1'))),
  'accepted', 'an environment event is accepted without a release'
);
select results_eq(
  $$ select e.environment::text, e.event_type, e.payload, e.observed_at from ops.environment_events e
     where e.idempotency_key = 'agent/cron-1/environment_event' $$,
  $$ values ('production', 'backup_complete', '{"bytes": 5, "region": "a"}'::jsonb, pg_temp.minute(30)) $$,
  'an environment event stores one row'
);

-- References to releases, deployments and commits.
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'unopened', 10, '{"status": "pass"}', key => 'run-4')
    || jsonb_build_object('release_id', gen_random_uuid())),
  'rejected unknown_release', 'an unknown release is refused'
);
select is(
  pg_temp.answered(pg_temp.event('environment_event', 'one', 22, '{"environment": "dev", "event_type": "alert_fired"}')
    || jsonb_build_object('release_id', gen_random_uuid())),
  'rejected unknown_release', 'an event that needs no release is refused for an unknown release'
);
select is(
  pg_temp.answered(pg_temp.event('health_check', 'one', 22, '{"environment": "production", "deployment_ref": "s1",
    "status": "pass", "artifact_ref": "https://mon.test/1"}')),
  'rejected unknown_deployment', 'a deployment in another environment is unknown'
);
select is(
  pg_temp.keep('mismatch', ops.ingest_event(
    pg_temp.event('build_complete', 'one', 12, '{"status": "fail", "source_ref": "sha-2"}', key => 'run-5'))),
  'rejected', 'a build of another commit is refused'
);
select is(pg_temp.kept('mismatch') ->> 'error', 'source_ref_mismatch', 'the refusal has the code source_ref_mismatch');
select is(pg_temp.facts('one'), array[3, 2, 3, 1]::bigint[], 'refused events store no fact');

-- A refused event does not use up its key.
select is(
  pg_temp.answered(
    pg_temp.event('build_complete', 'one', 13, '{"status": "pass", "source_ref": "sha-1"}', key => 'run-5')
  ),
  'accepted', 'the corrected event is accepted under the same key'
);
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'one', 13, '{"status": "great"}', key => 'run-6')),
  'rejected invalid_payload', 'a malformed event is refused'
);
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'one', 13, '{"status": "pass"}', key => 'run-6')),
  'accepted', 'a corrected event is accepted'
);
select is(
  array(
    select l.processing_status::text from ops.event_ingest_log as l
    where l.idempotency_key = 'agent/run-6/build_complete'
    order by l.created_at
  ), array['rejected', 'accepted'], 'every submission has a row of its own'
);

-- The log.
select results_eq(
  $$ select l.processing_status::text, l.source_system, l.event_type, l.schema_version, l.release_id, l.caller_role,
       l.payload_hash ~ '^[0-9a-f]{64}$', l.content ->> 'event_type', l.result, l.error_code, l.duplicate_of
     from ops.event_ingest_log l where l.ingest_id = (pg_temp.kept('build') ->> 'ingest_id')::uuid $$,
  $$ select 'accepted', 'agent', 'build_complete', 'v1.0', pg_temp.release('one'), 'service_role', true,
       'build_complete' as type, pg_temp.kept('build') -> 'detail', null as error, null::uuid as first $$,
  'an accepted row has its content and its answer'
);
select results_eq(
  $$ select l.processing_status::text, l.error_code, l.error_detail, l.content, l.result
     from ops.event_ingest_log l where l.ingest_id = (pg_temp.kept('mismatch') ->> 'ingest_id')::uuid $$,
  $$ select 'rejected', 'source_ref_mismatch', pg_temp.kept('mismatch') -> 'detail', null::jsonb as content,
       null::jsonb as result $$,
  'a rejected row has its code and detail, and no content'
);
select throws_ok(
  format(
    'insert into ops.event_ingest_log (processing_status, source_system, event_type, idempotency_key, schema_version,
       payload_hash, content, result, duplicate_of, caller_role)
     values (%L, ''agent'', ''build_complete'', ''agent/run-99/build_complete'', ''v1.0'', repeat(''0'', 64),
       %L, ''{}'', %L, ''service_role'')', t.status, t.content, t.first
  ), '42501', null, format('the service role cannot insert a row with the status %s', t.status)
)
from (
  values ('accepted', '{}', null), ('duplicate', null, pg_temp.kept('build') ->> 'ingest_id')
) as t (status, content, first);
select lives_ok(
  $$ insert into ops.event_ingest_log (processing_status, error_code, caller_role)
     values ('rejected', 'invalid_json', 'service_role'), ('error', 'internal_error', 'service_role') $$,
  'the service role may insert a refusal into the log'
);
select throws_ok(
  $$ insert into ops.event_ingest_log (processing_status, caller_role) values ('rejected', 'service_role') $$,
  '23514', null, 'a refusal without a code cannot be inserted into the log'
);
select throws_ok(
  format(
    'insert into ops.event_ingest_log (processing_status, error_code, caller_role, %I)
     values (''rejected'', ''invalid_json'', ''service_role'', %L)', t.field, t.value
  ), t.sqlstate, null, format('a refusal with an invalid %s cannot be inserted into the log', t.field)
)
from (
  values
  ('event_type', repeat('x', 256), '23514'), ('payload_hash', repeat('A', 64), '23514'), ('result', '{}', '23514'),
  ('error_detail', '{"n": 1e100000}', '23514'), ('content', '{}', '23514'),
  ('duplicate_of', pg_temp.kept('build') ->> 'ingest_id', '23514'), ('release_id', gen_random_uuid()::text, '23503')
) as t (field, value, sqlstate);
set local role none;
select throws_ok(
  $$ insert into ops.event_ingest_log (processing_status, content, caller_role)
     values ('accepted', '{}', 'postgres') $$,
  '42501', null, 'the owner cannot insert a row with the status accepted'
);
create temp table own_table (n integer);
grant insert on own_table to service_role;
create function pg_temp.insert_accepted_row() returns trigger
language plpgsql as $$
begin
  insert into ops.event_ingest_log (
    processing_status, source_system, event_type, idempotency_key, schema_version, payload_hash, content, result,
    caller_role
  )
  values (
    'accepted', 'agent', 'build_complete', 'agent/run-98/build_complete', 'v1.0', repeat('0', 64), '{}', '{}', 'forger'
  );
  return null;
end
$$;
create trigger insert_accepted_row after insert on own_table
for each row execute function pg_temp.insert_accepted_row();
set local role service_role;
select throws_ok(
  $$ insert into own_table values (1) $$, '42501', null,
  'a trigger on a caller''s own table cannot insert a row with the status accepted'
);

-- Unexpected errors.
set local role none;
create function pg_temp.fail_as() returns trigger
language plpgsql as $$
begin
  raise exception using errcode = new.payload ->> 'sqlstate', message = 'a secret that no answer may show';
end
$$;
create trigger fail_as before insert on ops.environment_events
for each row when (new.event_type = 'planted') execute function pg_temp.fail_as();
set local role service_role;
select is(
  pg_temp.keep('error', ops.ingest_event(pg_temp.planted('22012'))), 'error',
  'an unexpected error is answered with the status error'
);
select is(
  pg_temp.kept('error') - 'ingest_id', '{"status": "error", "error": "internal_error", "detail": {}}',
  'the answer does not show the cause of the error'
);
select results_eq(
  $$ select l.processing_status::text, l.error_code, l.error_detail ->> 'sqlstate', l.error_detail::text !~ 'secret'
     from ops.event_ingest_log l where l.ingest_id = (pg_temp.kept('error') ->> 'ingest_id')::uuid $$,
  $$ values ('error', 'internal_error', '22012', true) $$,
  'the log has the SQLSTATE of the error, and not its message'
);
select throws_ok(
  format('select ops.ingest_event(pg_temp.planted(%L))', t.code), t.code, null,
  format('%s is raised again, because a retry may succeed', t.code)
)
from unnest(array['40001', '40P01', '55P03', '53300', '57P03']) as t (code);
select is_empty(
  $$ select l.ingest_id from ops.event_ingest_log l
     where l.idempotency_key ~ '^agent/planted-(40|5)' $$,
  'an error that is raised again leaves no row in the log'
);

select is(
  pg_temp.answered(pg_temp.event('build_complete', 'one', 13, '{"status": "pass"}', key => 'run-6')),
  'duplicate', 'a retry is a row of its own'
);
select is_empty(
  $$ select l.* from ops.event_ingest_log l
     where l.content is null and l.processing_status = 'accepted'
       or l.duplicate_of is null and l.processing_status = 'duplicate'
       or l.error_code is null and l.processing_status in ('rejected', 'error')
       or l.error_code is null and num_nulls(
         l.source_system, l.event_type, l.idempotency_key, l.schema_version, l.payload_hash) > 0
       or (l.processing_status = 'accepted') <> (l.result is not null) $$,
  'every row has the columns that its status requires'
);

select finish();
rollback;
