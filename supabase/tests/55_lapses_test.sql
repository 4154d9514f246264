begin;
create extension if not exists pgtap with schema extensions;
select plan(33);

\ir helpers/functions.psql
\ir helpers/views_agree.psql

-- What the release `name` was eligible for, `later` than the moment remembered under `mark`.
create function pg_temp.eligible_then(name text, mark text, later interval default '0') returns text[]
language sql as $$
  select array(
    select t.target from unnest(array['staging', 'production']) as t (target)
    where ops.was_eligible_for_promotion(pg_temp.release(name), t.target, pg_temp.at(mark) + later)
  )
$$;
-- Remember the moment of the newest fact of the release `name` under `mark`.
create function pg_temp.mark_newest(name text, mark text) returns timestamptz
language sql as $$
  select set_config('pgtap.mark_' || mark, r.recorded_until::text, true)::timestamptz
  from ops.releases r where r.release_id = pg_temp.release(name)
$$;

set local role service_role;
\ir helpers/members.psql

select pg_temp.ready('unlimited');

-- Policy: which requirements have a limit.
select lives_ok(
  $$ select pg_temp.set_policy('G2', '[{"kind": "prior_gate", "subject": "G1"}, {"kind": "no_failed_checks"},
    {"kind": "approval", "subject": "qa_tester", "valid_for": 2},
    {"kind": "evidence", "subject": "test_result", "valid_for": 9}]', 'pgtap/project') $$,
  'approvals and evidence can have a limit'
);
select throws_ok(
  format($f$ select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester"}, %s]', 'pgtap/wrong') $f$,
    t.requirement), 'OPS10', null, format('a policy is refused: %s', t.requirement)
)
from unnest(array[
  '{"kind": "check", "subject": "build", "valid_for": 5}', '{"kind": "prior_gate", "subject": "G1", "valid_for": 5}',
  '{"kind": "evidence", "subject": "test_result", "valid_for": 0}',
  '{"kind": "evidence", "subject": "test_result", "valid_for": -1}',
  '{"kind": "evidence", "subject": "test_result", "valid_for": 99999999999}',
  '{"kind": "evidence", "subject": "test_result", "valid_for": "soon"}', '{"kind": "contested_report"}'
]) as t (requirement);

-- An approval counts until it lapses, in functions, views and replay alike.
select pg_temp.open(t.name) from unnest(array['lapses', 'renewed', 'rejected', 'covered']) as t (name);
select pg_temp.build(t.name, 1, 'pass') from unnest(array['lapses', 'renewed', 'rejected', 'covered']) as t (name);
select pg_temp.sign(t.name, 120, 'G3', 'rm-1', 'approved', 'rollback_plan')
from unnest(array['lapses', 'renewed', 'covered']) as t (name);
select pg_temp.sign('rejected', 120, 'G2', 'qa-1', 'rejected', 'test_result');
select pg_temp.except_for('covered', 'gate_bypass', '{G2}');
select pg_temp.sign(t.name, 120, 'G2', 'qa-1', 'approved', 'test_result')
from unnest(array['covered', 'renewed', 'lapses']) as t (name);
select pg_temp.mark_newest(t.name, t.name) from unnest(array['lapses', 'renewed', 'covered']) as t (name);
select is(pg_temp.differences(), '{}', 'views and functions agree before it lapses');
select is(
  (select array[r.judged_until, r.lapses_at] from ops.releases as r
   where r.release_id = pg_temp.release('lapses')),
  array[pg_temp.at('lapses') + '2 seconds', pg_temp.at('lapses') + '2 seconds'],
  'the stored verdict is the answer until the approval lapses'
);
select pg_temp.wait_until(pg_temp.at('lapses') + '1 second');
select pg_temp.wait_until(pg_temp.at('lapses') + '2 seconds');
select is(
  pg_temp.eligible_then('lapses', 'lapses', '1999999 microseconds'), '{staging,production}',
  'it was eligible to the last microsecond'
);
select is(pg_temp.eligible_then('lapses', 'lapses', '2 seconds'), '{}', 'and not when the approval had lapsed');
select is(pg_temp.eligible('lapses', 'staging'), false, 'it is not eligible now');
select is(pg_temp.stored('lapses', 'G2'), 'passed', 'the stored verdict is that of the last fact');
select is(
  (select v.status::text from ops.v_release_gate_summary as v
   where v.release_id = pg_temp.release('lapses') and v.gate_code = 'G2'), 'in_progress', 'the view shows that of now'
);
select is(
  (select v.since from ops.v_release_gate_summary as v
   where v.release_id = pg_temp.release('lapses') and v.gate_code = 'G2'), pg_temp.at('lapses') + '2 seconds',
  'since the moment of the lapse'
);
select is(pg_temp.eligible('covered', 'production'), true, 'an exception covers what lapsed');
select is(pg_temp.stored('rejected', 'G2'), 'failed', 'a rejection does not lapse');
select is(pg_temp.differences(), '{}', 'views and functions agree after it lapsed');
select is(
  ops.ingest_event(l.event) #>> '{detail,now,gate_status}', 'in_progress', 'a retry is told the verdict of this moment'
)
from (
  select jsonb_build_object(
    'schema_version', 'v1.0', 'idempotency_key', l.idempotency_key, 'emitted_at', clock_timestamp())
    || l.content - 'caller' as event
  from ops.event_ingest_log as l
  where l.release_id = pg_temp.release('lapses') and l.content #>> '{gate_code}' = 'G2'
) as l;
select is(ops.evaluate_gate(pg_temp.gate('lapses', 'G2')), 'in_progress', 'evaluate_gate stores the verdict of now');
select is(
  (select r.cleared_for::text from ops.releases as r
   where r.release_id = pg_temp.release('lapses')), 'dev',
  'and what the release is cleared for'
);
select is(pg_temp.differences(), '{}', 'views and functions agree on the new verdict');

select throws_ok(
  format('update ops.releases set %s where release_id = %L', t.change, pg_temp.release('lapses')), 'OPS05', null,
  format('nobody writes until when a verdict is the answer: %s', t.change)
)
from unnest(array[
  'judged_until = now()', 'lapses_at = ''infinity''', 'judged_until = now(), lapses_at = ''infinity'''
]) as t (change);

-- A new approval counts again. It does not renew the evidence that lapses later.
select pg_temp.sign('renewed', 120, 'G2', 'qa-1', 'approved');
select pg_temp.mark_newest('renewed', 'again');
select pg_temp.wait_until(pg_temp.at('renewed') + '9 seconds');
select is(
  pg_temp.eligible_then('renewed', 'again') = '{staging,production}',
  pg_temp.at('again') < pg_temp.at('renewed') + '9 seconds', 'a renewed approval counts while its evidence does'
);
select is(pg_temp.eligible_then('renewed', 'renewed', '9 seconds'), '{}', 'not after the evidence lapsed');
select is(
  (select concat_ws(' ', v.gap, v.missing) from ops.v_evidence_completeness as v
   where v.release_id = pg_temp.release('renewed') and v.gate_code = 'G2'), 't {test_result}',
  'the evidence is missing'
);
select is(pg_temp.differences(), '{}', 'views and functions agree on it');

-- A release that was opened before the policy has no limit.
select is(
  (select array[r.judged_until, r.lapses_at] from ops.releases as r
   where r.release_id = pg_temp.release('unlimited')),
  array[null, null]::timestamptz[], 'without a limit nothing lapses'
);
select is(pg_temp.eligible('unlimited', 'production'), true, 'and the release stays eligible');

select is_empty(
  $$ select r.release_name from ops.releases r where not isfinite(r.lapses_at) $$,
  'every moment can be read by any client'
);

select finish();
rollback;
