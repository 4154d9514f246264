begin;
create extension if not exists pgtap with schema extensions;
select plan(38);

\ir helpers/functions.psql

-- An event whose sender's clock is `wrong` by an interval, sent `age` after it was emitted.
create function pg_temp.by_clock(
  type text, name text, payload jsonb, gate text, wrong interval, age interval default '0', tell boolean default true
) returns jsonb
language sql volatile as $$
  select pg_temp.event(type, name, 120, payload, gate)
    || jsonb_build_object('emitted_at', clock_timestamp() + wrong - age)
    || case when tell then jsonb_build_object('sent_at', clock_timestamp() + wrong) else '{}' end
$$;
-- The same event, as a build with one outcome.
create function pg_temp.build_by_clock(
    name text, status text, wrong interval, age interval default '0', tell boolean default true
)
returns text
language sql volatile as $$
  select pg_temp.answered(pg_temp.by_clock(
    'build_complete', name, jsonb_build_object('status', status), null, wrong, age, tell))
$$;
create function pg_temp.decide_by_clock(
    name text, decision text, wrong interval, age interval default '0', tell boolean default true
)
returns jsonb
language sql volatile as $$
  select ops.ingest_event(pg_temp.by_clock('gate_signoff', name, jsonb_build_object(
    'decision', decision, 'approver_id', 'qa-1', 'persona_role', 'qa_tester', 'rationale_structured', '{"looked_at": "all"}'::jsonb,
    'evidence', '[{"artifact_type": "test_result", "artifact_url": "https://evidence.test/1"}]'::jsonb
  ), 'G2', wrong, age, tell))
$$;
create function pg_temp.observed(name text) returns interval
language sql stable as $$
  select c.created_at - c.observed_at
  from ops.gate_checks c
  where c.release_id = pg_temp.release(name)
  order by c.created_at desc limit 1
$$;

create function pg_temp.newer(answer jsonb) returns text
language sql immutable as $$
  select string_agg(k.name, ' ' order by k.name)
  from jsonb_object_keys(answer #> '{detail,superseded_by}') as k (name)
$$;

set local role service_role;
\ir helpers/members.psql

-- Only the age of an event is believed.
select pg_temp.open('clock ' || t.n) from generate_series(1, 7) as t (n);
select is(pg_temp.build_by_clock('clock 1', 'pass', '1 day'), 'accepted', 'a clock that is a day ahead is accepted');
select cmp_ok(pg_temp.observed('clock 1'), '<', '10 seconds'::interval, 'its event was observed when it was sent');
select cmp_ok(pg_temp.observed('clock 1'), '>=', '0'::interval, 'and not after it was recorded');
select is(pg_temp.build_by_clock('clock 2', 'pass', '-1 day'), 'accepted', 'a clock that is a day behind is accepted');
select cmp_ok(pg_temp.observed('clock 2'), '<', '10 seconds'::interval, 'its event is not a day old');
select is(
  pg_temp.build_by_clock('clock 3', 'pass', '3 hours', '1 hour'), 'accepted', 'an event may be sent an hour later'
);
select cmp_ok(pg_temp.observed('clock 3'), '>', '59 minutes'::interval, 'an event that was an hour old stays so');
select cmp_ok(pg_temp.observed('clock 3'), '<', '61 minutes'::interval, 'whatever the clock of its sender says');
select is(
  pg_temp.build_by_clock('clock 4', 'pass', '4 minutes', '0', false), 'accepted',
  'without sent_at a clock may be a little ahead'
);
select cmp_ok(pg_temp.observed('clock 4'), '>=', '0'::interval, 'but nothing is observed in the future');
select is(
  pg_temp.build_by_clock('clock 5', 'pass', '1 hour', '-6 minutes'), 'rejected invalid_envelope',
  'emitted_at is at most five minutes after sent_at'
);
select is(
  pg_temp.build_by_clock('clock 5', 'pass', '6 minutes', '0', false), 'rejected invalid_envelope',
  'without sent_at, emitted_at is at most five minutes after now'
);
select is(
  pg_temp.answered(
      pg_temp.event('build_complete', 'clock 6', 10, '{"status": "pass"}') || jsonb_build_object('sent_at', t.sent)
  ),
  t.answer, format('sent_at %s', t.sent)
)
from (values
  ('"soon"'::jsonb, 'rejected invalid_envelope'), ('5', 'rejected invalid_envelope'),
  ('"2026-02-30T00:00:00Z"', 'rejected invalid_envelope'), ('"infinity"', 'rejected invalid_envelope'),
  ('{}', 'rejected invalid_envelope'), ('null', 'accepted')
) as t (sent, answer);

-- sent_at is no part of the content.
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'clock 7', 10, '{"status": "pass"}', key => 'again')
    || jsonb_build_object('sent_at', t.sent)), t.answer, 'a retry has a sent_at of its own'
)
from (values
  (clock_timestamp() - interval '1 hour', 'accepted'), (clock_timestamp(), 'duplicate')
) as t (sent, answer);

-- A rerun of an event that an older clock would hide.
select pg_temp.open('order');
select pg_temp.build_by_clock('order', 'pass', '15 seconds');
select pg_temp.build_by_clock('order', 'fail', '-15 seconds');
select is(pg_temp.stored('order', 'G1'), 'failed', 'a failure by a clock behind comes after a pass by a clock ahead');

-- People: an objection counts from when it was recorded, an approval from when it was given.
select pg_temp.open('person ' || t.n) from generate_series(1, 3) as t (n);
select pg_temp.build('person ' || t.n, 1, 'pass') from generate_series(1, 3) as t (n);
select pg_temp.decide_by_clock('person 1', 'approved', '4 minutes', '0', false);
select pg_temp.decide_by_clock('person 1', 'rejected', '-1 hour', '0', false);
select is(
  pg_temp.stored('person 1', 'G2'), 'failed', 'a rejection by any clock counts after an approval by a clock ahead'
);
select pg_temp.decide_by_clock('person 2', 'rejected', '0', '1 hour');
select is(
  pg_temp.newer(pg_temp.decide_by_clock('person 2', 'approved', '0', '30 minutes')), 'qa_tester',
  'an approval from before an objection was recorded says what supersedes it'
);
select is(pg_temp.stored('person 2', 'G2'), 'failed', 'it does not lift the objection');
select is(
  pg_temp.decide_by_clock('person 2', 'approved', '0') #> '{detail,superseded_by}', null,
  'an approval that is given afterwards is not superseded'
);
select is(pg_temp.stored('person 2', 'G2'), 'passed', 'it lifts the objection');
select is(
  pg_temp.decide_by_clock('person 3', 'rejected', '0', '23 hours') #> '{detail,superseded_by}', null,
  'an objection is never superseded by what was recorded before'
);
select is(pg_temp.stored('person 3', 'G2'), 'failed', 'an old objection counts');

-- Checks that a newer one supersedes say so.
select pg_temp.open('newer');
select pg_temp.build('newer', 50, 'pass');
select is(
  pg_temp.newer(ops.ingest_event(pg_temp.event('build_complete', 'newer', t.minute, t.payload))),
  t.newer, format('a build of minute %s with %s', t.minute, t.payload)
)
from (values
  (40, '{"status": "fail"}'::jsonb, 'build'), (60, '{"status": "fail"}', null),
  (40, '{"status": "fail", "checks": [{"check_name": "lint", "status": "fail"}]}', 'build'),
  (30, '{"status": "fail", "checks": [{"check_name": "lint", "status": "fail"}]}', 'build lint')
) as t (minute, payload, newer);

-- The clock of the server is set back by an hour: facts keep their order, and none is overlooked.
select pg_temp.open('set back');
set local role none;
alter table ops.releases disable trigger _300_keep_release_truthful;
update ops.releases set recorded_until = clock_timestamp() + interval '1 hour'
where release_id = pg_temp.release('set back');
alter table ops.releases enable always trigger _300_keep_release_truthful;
set local role service_role;
select pg_temp.build('set back', 120, 'pass');
select pg_temp.sign('set back', 120, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('set back', 120, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.eligible('set back', 'production'), true, 'facts are judged although the clock is behind them');
select pg_temp.deploy('set back', 120, 'staging', 's1', 'failed');
select is(pg_temp.eligible('set back', 'production'), false, 'a failure is not overlooked');
select is(pg_temp.check_by_hand('set back', 'fail', 'hand'), 'recorded', 'a person records a failed check');
select is(pg_temp.stored('set back', 'G1'), 'failed', 'nor is that');
select pg_temp.answered(pg_temp.event('build_complete', 'set back', 120, '{"status": "fail", "artifact_ref": 7}'));
select results_eq(
  $$ select f.fact from (
       select c.check_name, c.created_at from ops.gate_checks c where c.release_id = pg_temp.release('set back')
       union all
       select a.persona_role::text, a.created_at from ops.approvals a where a.release_id = pg_temp.release('set back')
       union all
       select d.deployment_ref, d.created_at from ops.deployments d where d.release_id = pg_temp.release('set back')
       union all
       select 'contested', c.created_at from ops.contested_reports c
       where c.release_id = pg_temp.release('set back')
     ) as f (fact, created_at)
     where f.created_at > clock_timestamp() + interval '50 minutes' order by f.created_at $$,
  $$ select unnest(array['build', 'qa_tester', 'release_manager', 's1', 'hand', 'contested']) collate "C" $$,
  'each fact has a later moment than the one before'
);
select is(
  ops.gate_status_at(pg_temp.gate('set back', 'G1'), a.created_at - interval '1 microsecond'), 'passed',
  'replay knows the moments'
)
from ops.gate_checks as a
where a.release_id = pg_temp.release('set back') and a.check_name = 'hand';

select finish();
rollback;
