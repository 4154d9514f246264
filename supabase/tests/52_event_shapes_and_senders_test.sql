begin;
create extension if not exists pgtap with schema extensions;
select plan(114);

\ir helpers/functions.psql

-- Send an event and return the path and code of every issue in the refusal.
create function pg_temp.issues(event jsonb) returns text[]
language sql as $$
  select array(
    select
      array_to_string(array(select jsonb_array_elements_text(i.value -> 'path')), '.') || ' ' || (i.value ->> 'code')
    from jsonb_array_elements(a #> '{detail,issues}') as i
    order by 1
  )
  from ops.ingest_event(event) as a
$$;
-- A valid event of each type.
create function pg_temp.valid(
  type text, more jsonb default '{}', key text default gen_random_uuid()::text
) returns jsonb
language sql stable as $$
  select pg_temp.event(type, case when type <> 'environment_event' then 'one' end, 10, more || case type
    when 'build_complete' then '{"status": "pass"}'::jsonb
    when 'gate_signoff' then '{"decision": "approved", "approver_id": "qa-1", "persona_role": "qa_tester",
      "rationale_structured": {"criteria": "met"}}'
    when 'deployment_event' then '{"environment": "staging", "deployment_ref": "s2", "status": "succeeded",
      "source_ref": "sha-1"}'
    when 'health_check' then '{"environment": "staging", "deployment_ref": "s1", "status": "pass",
      "artifact_ref": "https://mon.test/1"}'
    when 'environment_event' then '{"environment": "dev", "event_type": "alert_fired"}'
  end::jsonb || more, case type when 'gate_signoff' then 'G2' end, key)
$$;
create function pg_temp.without(event jsonb, field text) returns jsonb
language sql immutable as $$
  select jsonb_set(event, '{payload}', (event -> 'payload') - field)
$$;
-- Send an event as a caller and return the status and error code. The order of the checks is tested with it.
create function pg_temp.answered_to(role text, subject text, event jsonb) returns text
language sql as $$
  select pg_temp.as_person(
    role, subject, 'select concat_ws('' '', a ->> ''status'', a ->> ''error'') from ops.ingest_event(%L) as a', event::text)
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.open('one');
select pg_temp.deploy('one', 1, 'staging', 's1', 'succeeded');

-- The envelope.
select is(pg_temp.answered(pg_temp.valid(t.name)), 'accepted', format('a valid %s is accepted', t.name))
from unnest(array[
  'build_complete', 'gate_signoff', 'deployment_event', 'health_check', 'environment_event'
]) as t (name);
select is(
  pg_temp.issues(pg_temp.valid('build_complete') - f.name), array[f.name || ' missing'],
  format('%s is required', f.name)
)
from unnest(array[
  'schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id', 'payload', 'emitted_at'
]) as f (name);
select is(
  pg_temp.issues(pg_temp.valid('gate_signoff') - 'gate_code'), array['gate_code missing'],
  'a sign-off without a gate is refused'
);
select is(
  pg_temp.issues(pg_temp.valid(t.name) || jsonb_build_object('gate_code', t.gate)), array['gate_code mismatch'],
  format('a %s about %s is refused', t.name, t.gate)
)
from (
  values
  ('build_complete', 'G2'), ('health_check', 'G1'), ('deployment_event', 'G3'), ('environment_event', 'G4')
) as t (name, gate);
select is(
  pg_temp.issues(pg_temp.valid('build_complete') || t.change), array[t.issue], format('refused: %s', t.change)
)
from (
  values
  ('{"surplus": 1}'::jsonb, 'surplus unknown_field'), ('{"release_id": "one"}', 'release_id malformed'),
  ('{"source_system": "telex"}', 'source_system malformed'), ('{"gate_code": "G5"}', 'gate_code malformed'),
  ('{"payload": []}', 'payload malformed'), ('{"emitted_at": "2026-01-02T03:04:05"}', 'emitted_at malformed'),
  ('{"emitted_at": "2026-02-30T03:04:05Z"}', 'emitted_at malformed'), ('{"emitted_at": "now"}', 'emitted_at malformed'),
  ('{"emitted_at": "infinity"}', 'emitted_at malformed'), ('{"emitted_at": 5}', 'emitted_at malformed'),
  ('{"idempotency_key": null}', 'idempotency_key missing'), ('{"schema_version": 1}', 'schema_version malformed')
) as t (change, issue);
select is(
  pg_temp.issues(pg_temp.event('build_complete', 'one', 126, '{"status": "pass"}')), array['emitted_at too_far_ahead'],
  'an event more than 5 minutes ahead is refused'
);
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'one', 124, '{"status": "pass"}')), 'accepted',
  'an event 4 minutes ahead is accepted'
);
select is(
  pg_temp.issues('{"schema_version": "v1.0", "surplus": 1, "payload": "none"}'),
  array['emitted_at missing', 'event_type missing', 'idempotency_key missing', 'payload malformed',
    'source_system missing', 'surplus unknown_field'],
  'every issue is listed with its path'
);
select is(
  pg_temp.answered(e.event), 'rejected invalid_envelope',
  format('%s is refused as an envelope', coalesce(e.event::text, 'null'))
)
from (values ('[]'::jsonb), ('"text"'), ('1'), ('null'), (null)) as e (event);
select is(
  pg_temp.answered(pg_temp.valid('build_complete') || '{"schema_version": "v2.0"}'),
  'rejected unsupported_schema_version',
  'an unknown version is refused'
);

-- Payloads.
select is(
  pg_temp.issues(pg_temp.without(pg_temp.valid(t.name), f.name)), array[format('payload.%s missing', f.name)],
  format('a %s without %s is refused', t.name, f.name)
)
from (
  values
  ('build_complete', '{status}'::text[]), ('gate_signoff', '{decision,approver_id,persona_role,rationale_structured}'),
  ('deployment_event', '{environment,deployment_ref,status,source_ref}'),
  ('health_check', '{environment,deployment_ref,status,artifact_ref}'),
  ('environment_event', '{environment,event_type}')
) as t (name, fields)
cross join lateral unnest(t.fields) as f (name);
select is(
  pg_temp.issues(pg_temp.valid(t.name, t.more)), array['payload.' || t.issue],
  format('refused in a %s: %s', t.name, t.more)
)
from (
  values
  ('build_complete', '{"status": "skipped"}'::jsonb, 'status malformed'),
  ('build_complete', '{"checks": {}}', 'checks malformed'),
  ('build_complete', '{"checks": [{"check_name": "lint"}]}', 'checks.0.status missing'),
  ('build_complete', '{"checks": [{"check_name": "build", "status": "pass"}]}', 'checks mismatch'),
  ('build_complete', '{"evidence": [{"artifact_type": "x", "artifact_url": "https://a.test"}]}',
    'evidence.0.artifact_type malformed'),
  ('build_complete', '{"evidence": [{"artifact_type": "build_log", "artifact_url": "here"}]}',
    'evidence.0.artifact_url malformed'),
  ('build_complete', '{"evidence": [{"artifact_type": "build_log", "artifact_url": "https://a.test", "sha256": "0"}]}',
    'evidence.0.sha256 malformed'),
  ('gate_signoff', '{"decision": "ok"}', 'decision malformed'),
  ('gate_signoff', '{"approver_id": "  "}', 'approver_id malformed'),
  ('gate_signoff', '{"persona_role": "audit_reader"}', 'persona_role malformed'),
  ('gate_signoff', '{"rationale_structured": {}}', 'rationale_structured malformed'),
  ('gate_signoff', '{"rationale_structured": "fine"}', 'rationale_structured malformed'),
  ('deployment_event', '{"environment": "prod"}', 'environment malformed'),
  ('deployment_event', '{"status": "pending"}', 'status malformed'),
  ('deployment_event', '{"deployed_at": "yesterday"}', 'deployed_at malformed'),
  ('deployment_event', '{"rollback_of_ref": "s2"}', 'rollback_of_ref mismatch'),
  ('health_check', '{"status": "ok"}', 'status malformed'),
  ('environment_event', '{"event_type": "Alert Fired"}', 'event_type malformed'),
  ('environment_event', '{"data": [1]}', 'data malformed')
) as t (name, more, issue);
select is(
  pg_temp.answered(pg_temp.valid('environment_event', n.payload::jsonb)), n.answer,
  format('an event with a number: %s', n.payload)
)
from (
  values
  ('{"data": {"n": 9007199254740991}}', 'accepted'), ('{"data": {"n": 9007199254740992}}', 'rejected invalid_json'),
  ('{"data": {"n": [-9007199254740992]}}', 'rejected invalid_json'),
  ('{"data": {"n": 1e130000}}', 'rejected invalid_json'),
  ('{"data": {"n": 1e-16000}}', 'rejected invalid_json'), ('{"data": {"n": 0.25}}', 'accepted')
) as n (payload, answer);
select is(
  pg_temp.answered(pg_temp.valid('environment_event', format('{"data": {"text": "%s"}}', repeat('x', s.size))::jsonb)),
  s.answer, format('a text of %s bytes in an event', s.size)
)
from (values (250000, 'accepted'), (262144, 'rejected payload_too_large')) as s (size, answer);
select is(
  pg_temp.answered(pg_temp.valid(
    'environment_event', format('{"data": {"a": %s1%s}}', repeat('[', d.depth), repeat(']', d.depth))::jsonb
  )), d.answer, format('%s nested arrays in an event', d.depth)
)
from (values (29, 'accepted'), (30, 'rejected payload_too_large')) as d (depth, answer);

select is(
  pg_temp.answered_to(
    'qa_tester', 'qa-1', pg_temp.valid('build_complete', '{"n": 1e130000}') || '{"schema_version": "v2.0"}'
  ),
  'rejected invalid_json', 'JSON is checked before the version'
);
select is(
  pg_temp.answered_to('qa_tester', 'qa-1', '{"schema_version": "v2.0"}'), 'rejected unsupported_schema_version',
  'the version is checked before the shape'
);
select is(
  pg_temp.answered_to('qa_tester', 'qa-1', pg_temp.valid('build_complete', '{"status": "good"}')),
  'rejected invalid_payload', 'the shape is checked before the role'
);
select is(
  pg_temp.answered(pg_temp.valid('build_complete', key => 'taken')), 'accepted', 'an event under a new key is accepted'
);
select is(
  pg_temp.answered_to('qa_tester', 'qa-1', pg_temp.valid('build_complete', '{"other": 1}', 'taken')),
  'rejected forbidden_event', 'the role is checked before the key'
);
select is(
  pg_temp.answered_to(
    'qa_tester', 'qa-1', pg_temp.valid('build_complete') || jsonb_build_object('release_id', gen_random_uuid())
  ),
  'rejected forbidden_event', 'the role is checked before references'
);

-- Who may send what.
select is(
  pg_temp.answered_to(s.role, s.subject, pg_temp.valid(t.name)),
  case when t.name = any(s.may) then 'accepted' else 'rejected forbidden_event' end,
  format('%s: %s is %s', s.role, t.name, case when t.name = any(s.may) then 'accepted' else 'forbidden' end)
)
from (
  values
  ('ci_service_role', 'bot-1', '{build_complete,deployment_event,health_check,environment_event}'::text[]),
  ('sre', 'sre-1', '{deployment_event,health_check,environment_event}'),
  ('qa_tester', 'qa-1', '{gate_signoff}'),
  ('release_manager', 'rm-1', '{}')
) as s (role, subject, may)
cross join unnest(array[
  'build_complete', 'gate_signoff', 'deployment_event', 'health_check', 'environment_event'
]) as t (name);
select throws_ok(
  format('select pg_temp.answered_to(%L, %L, pg_temp.valid(%L))', s.role, 'dev-1', 'environment_event'), '42501', null,
  format('%s may send nothing', s.role)
)
from unnest(array['developer', 'audit_reader', 'authenticated', 'anon']) as s (role);
set local role none;
select throws_ok(
  $$ select ops.ingest_event('{}') $$, '42501', null, 'the owner without a role may send nothing'
);
set local role service_role;
select results_eq(
  $$ select l.caller_role, l.created_by, l.error_detail, l.release_id is not null from ops.event_ingest_log l
     where l.error_code = 'forbidden_event' and l.caller_role = 'release_manager' and l.event_type = 'build_complete' $$,
  $$ values ('release_manager', 'rm-1', '{"role": "release_manager", "event_type": "build_complete",
       "field": "event_type", "senders": ["service_role", "ci_service_role"]}'::jsonb, true) $$,
  'a forbidden event is logged with its sender'
);

select finish();
rollback;
