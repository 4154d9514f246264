begin;
create extension if not exists pgtap with schema extensions;
select plan(55);

\ir helpers/functions.psql

create function pg_temp.build_event(key text, more jsonb default '{}', minute numeric default 10) returns jsonb
language sql stable as $$
  select pg_temp.event('build_complete', 'one', minute, '{"status": "pass", "duration": 1}' || more, key => key)
$$;
create function pg_temp.shouted(key text) returns jsonb
language sql stable as $$
  select pg_temp.build_event(key) || jsonb_build_object('release_id', upper(pg_temp.release('one')::text))
$$;
create function pg_temp.answer_and_field(event jsonb) returns text
language sql as $$
  select concat_ws(' ', a ->> 'status', a ->> 'error', a #>> '{detail,field}')
  from ops.ingest_event(event) as a
$$;
create function pg_temp.rows_under(key text) returns text[]
language sql stable as $$
  select array_agg(l.processing_status::text order by l.created_at)
  from ops.event_ingest_log l
  where l.idempotency_key = 'agent/' || key || '/build_complete'
$$;
create temp table answers (name text, answer jsonb);
grant select, insert on answers to service_role;
create function pg_temp.signoff(approver text, key text) returns jsonb
language sql stable as $$
  select pg_temp.event('gate_signoff', 'one', 12, jsonb_build_object(
    'decision', 'approved', 'approver_id', approver, 'persona_role', 'qa_tester',
    'rationale_structured', '{"criteria": {"met": 1, "left": null}}'::jsonb), 'G2', key)
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.open(t.name) from unnest(array['one', 'two']) as t (name);

-- A retry gets the first answer and does nothing.
insert into answers (name, answer)
values ('first', ops.ingest_event(pg_temp.build_event('run-1')));
select pg_temp.build('one', 11, 'fail');
insert into answers (name, answer)
values ('retry', ops.ingest_event(pg_temp.build_event('run-1')));
select results_eq(
  $$ select f.answer ->> 'status', r.answer ->> 'status', r.answer ->> 'ingest_id' = f.answer ->> 'ingest_id',
       (r.answer -> 'detail') - 'now' = f.answer -> 'detail', r.answer #>> '{detail,now,gate_status}'
     from answers f cross join answers r where f.name = 'first' and r.name = 'retry' $$,
  $$ values ('accepted', 'duplicate', true, true, 'failed') $$,
  'a retry is a duplicate, with the first ingest_id and the first detail, and the verdict of this moment'
);
select is(
  (
    select count(*)::integer
    from ops.gate_checks as c
    where c.release_id = pg_temp.release('one')
  ), 2, 'a retry stores no second fact'
);
select is(pg_temp.stored('one', 'G1'), 'failed', 'a retry does not restore the verdict of the first answer');
select results_eq(
  $$ select l.processing_status::text, l.duplicate_of = (f.answer ->> 'ingest_id')::uuid, l.content,
       l.result = f.answer -> 'detail', l.error_code
     from ops.event_ingest_log l cross join answers f
     where f.name = 'first' and l.idempotency_key = 'agent/run-1/build_complete' order by l.created_at $$,
  $$ values
    ('accepted', null::boolean, (select l.content from ops.event_ingest_log l
      where l.idempotency_key = 'agent/run-1/build_complete' and l.processing_status = 'accepted'), true, null::text),
    ('duplicate', true, null, null, null) $$,
  'the log says which row a retry repeats'
);

-- A retry is checked like any other event.
select is(pg_temp.answer_and_field(pg_temp.build_event('again')), 'accepted', 'a build is accepted');
select is(pg_temp.answer_and_field(pg_temp.build_event('again') || t.change), t.answer, t.description)
from (values
  ('{"emitted_at": "2999-01-01T00:00:00Z"}'::jsonb, 'rejected invalid_envelope',
    'a retry with an emitted_at in the future is refused'),
  ('{"emitted_at": "yesterday"}', 'rejected invalid_envelope', 'a retry with a malformed emitted_at is refused'),
  ('{"schema_version": "v2.0"}', 'rejected unsupported_schema_version',
    'a retry with another schema_version is refused'),
  ('{"gate_code": "G2"}', 'rejected invalid_envelope', 'a retry with another gate than its type implies is refused'),
  ('{"gate_code": "G1"}', 'duplicate', 'a retry may name the gate that its type implies'),
  ('{"gate_code": 5}', 'rejected invalid_envelope', 'a retry with a malformed gate_code is refused'),
  ('{"caller": "service_role"}', 'rejected invalid_envelope', 'a retry that names its caller is refused'),
  ('{"surprise": 1}', 'rejected invalid_envelope', 'a retry with an unknown field is refused')
) as t (change, answer, description);

-- Differences that do not count.
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1', minute => 50)), 'duplicate',
  'a retry with a new emitted_at is a duplicate'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1', '{"duration": 1.0}')), 'duplicate',
  'a retry with 1.0 instead of 1 is a duplicate'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1', '{"runner": null, "evidence": null, "artifact_ref": null}')),
  'duplicate',
  'a retry with null instead of an absent field is a duplicate'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1') - 'gate_code'), 'duplicate',
  'a retry without gate_code is a duplicate'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1') || '{"gate_code": "G1"}'), 'duplicate',
  'a retry with the gate_code that its type implies is a duplicate'
);
select is(
  pg_temp.answer_and_field(pg_temp.shouted('run-1')),
  'duplicate', 'a retry with a UUID in capitals is a duplicate'
);
select is(
  pg_temp.answer_and_field(
    '{"payload": {"status": "pass", "duration": 1}, "emitted_at": "2026-01-02T03:04:05.678+05:30"}'::jsonb
    || (pg_temp.build_event('run-1') - array['payload', 'emitted_at'])
  ),
  'duplicate', 'a retry with another key order and time format is a duplicate'
);
select is(
  pg_temp.answer_and_field(pg_temp.shouted('run-2')),
  'accepted', 'a UUID in capitals is accepted'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-2')), 'duplicate',
  'a retry with the UUID in lower case is a duplicate'
);
select is(pg_temp.answer_and_field(pg_temp.signoff('qa-1', 'session-1')), 'accepted', 'a sign-off is accepted');
select is(
  pg_temp.answer_and_field(pg_temp.signoff(' QA-Handle', 'session-1')), 'duplicate',
  'a retry that names the same person by handle is a duplicate'
);
select is(
  pg_temp.answer_and_field(pg_temp.signoff('qa-2', 'session-1')), 'rejected idempotency_key_reused payload.approver_id',
  'a retry that names another person is refused'
);

select results_eq(
  $$ select count(distinct l.payload_hash)::integer from ops.event_ingest_log l
     where l.idempotency_key = 'agent/run-1/build_complete' $$, array[1],
  'equal contents have one hash'
);

-- Differences that count.
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1', t.more)), 'rejected idempotency_key_reused ' || t.field,
  format('another %s is refused, and only the field is named', t.field)
)
from (
  values
  ('{"status": "fail"}'::jsonb, 'payload.status'), ('{"duration": 2}', 'payload.duration'),
  ('{"extra": true}', 'payload.extra'), ('{"checks": []}', 'payload.checks')
) as t (more, field);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1') || jsonb_build_object('release_id', pg_temp.release('two'))),
  'rejected idempotency_key_reused release_id', 'another release is refused'
);
select is(
  pg_temp.answer_and_field(
    pg_temp.build_event('run-1', '{"artifact_ref": "a", "status": "fail"}')
    || jsonb_build_object('release_id', pg_temp.release('two'))
  ), 'rejected idempotency_key_reused release_id', 'a field of the identity is named before any other'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1', '{"check_name": "other", "artifact_ref": "a"}')),
  'rejected idempotency_key_reused payload.check_name', 'the identity is that of the type: here the check'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1') || jsonb_build_object('release_id', gen_random_uuid())),
  'rejected idempotency_key_reused release_id', 'the key is checked before references'
);
select ops.ingest_event(replace(pg_temp.build_event('run-9')::text, 'agent', 'ci')::jsonb);
select is(
  pg_temp.as_person(
    'ci_service_role', 'bot-1', 'select a - ''ingest_id'' from ops.ingest_event(%L) as a',
    replace(pg_temp.build_event('run-9')::text, 'agent', 'ci')
  )::jsonb, '{"status": "rejected", "error": "idempotency_key_reused", "detail": {}}',
  'another caller with the same content is refused without a detail'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1')), 'duplicate',
  'a refused event does not change the content of the key'
);
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-1/2', '{"status": "fail"}')), 'rejected invalid_envelope',
  'a run with a slash is not part of a valid key'
);
select is(
  pg_temp.answer_and_field(
    pg_temp.build_event('run-1', '{"status": "fail"}') || '{"idempotency_key": "agent/run-1/build_complete/2"}'
  ), 'accepted', 'a rerun has a key of its own'
);
select is(
  (
    select count(*)::integer
    from ops.event_ingest_log as l
    where l.idempotency_key = 'agent/run-1/build_complete' and l.processing_status = 'accepted'
  ), 1, 'one row was accepted under the key'
);
select pg_temp.same_rows(
  $$ select distinct unnest(pg_temp.rows_under('run-1')) $$,
  $$ select unnest(array['accepted', 'duplicate', 'rejected']) $$,
  'duplicates and refusals under the key have rows'
);

-- A key belongs to its source, its run and its event type.
select is(
  pg_temp.answer_and_field(pg_temp.build_event('run-3') || jsonb_build_object('idempotency_key', k.key)),
  'rejected invalid_envelope',
  format('%s is not a key of this event', k.key)
)
from unnest(array[
  'github_actions/run-3/build_complete', 'agent/run-3/health_check', 'agent/run-3', 'agent//build_complete',
  'agent/run 3/build_complete', 'agent/rün-3/build_complete', 'agent/' || repeat('x', 240) || '/build_complete'
]) as k (key);
select throws_ok(
  $$ insert into ops.environment_events (environment, event_type, source_system, idempotency_key)
     values ('dev', 'alert_fired', 'agent', 'agent/squatter/environment_event') $$,
  '42501', null, 'a direct insert cannot use the key of an event'
);
select lives_ok(
  $$ insert into ops.environment_events (environment, event_type, source_system, idempotency_key)
     values ('dev', 'alert_fired', 'agent', 'direct/squatter/environment_event') $$,
  'a direct insert may use a key that begins with direct/'
);
select throws_ok(
  $$ insert into ops.environment_events (environment, event_type, source_system, idempotency_key)
     values ('dev', 'alert_fired', 'agent', 'direct/squatter/environment_event') $$,
  '23505', null, 'a key of a direct insert is used once'
);

-- A unique index refuses a second accepted row, even if a writer did not take the lock of the key.
reset role;
alter table ops.event_ingest_log disable trigger _300_refuse_forged_log;
create function pg_temp.tg_write_past_the_lock() returns trigger
language plpgsql as $$
begin
  insert into ops.event_ingest_log (idempotency_key, processing_status, content)
  values ('agent/raced/build_complete', 'accepted', '{}');
  return null;
end
$$;
create trigger _999_write_past_the_lock after insert on ops.gate_checks
for each statement execute function pg_temp.tg_write_past_the_lock();
set local role service_role;
select throws_ok(
  $$ select ops.ingest_event(pg_temp.build_event('raced')) $$, '40001', null,
  'a second accepted row is refused, and the event can be sent again'
);
select is(pg_temp.rows_under('raced'), null, 'the refused event leaves no row');
reset role;
drop trigger _999_write_past_the_lock on ops.gate_checks;

-- An error in the last step undoes the earlier steps and is logged.
create function pg_temp.tg_fail() returns trigger
language plpgsql as $$
begin
  return new.received_at / 0;
end
$$;
create trigger _999_fail before insert on ops.event_ingest_log
for each row when (new.processing_status = 'accepted') execute function pg_temp.tg_fail();
set local role service_role;
select is(
  pg_temp.answer_and_field(pg_temp.build_event('faulty')), 'error internal_error',
  'the answer does not show the message of the error'
);
select is(pg_temp.rows_under('faulty'), '{error}', 'the log has the error');
select is_empty(
  $$ select c.check_id from ops.gate_checks c
     where c.created_at >= (select min(l.received_at) from ops.event_ingest_log l
       where l.idempotency_key = 'agent/faulty/build_complete') $$,
  'no check is stored with the error'
);

select finish();
rollback;
