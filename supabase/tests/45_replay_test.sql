begin;
create extension if not exists pgtap with schema extensions;
select plan(61);

\ir helpers/functions.psql

create function pg_temp.then_was(name text, code text, moment text) returns text
language sql as $$
  select ops.gate_status_at(pg_temp.gate(name, code), pg_temp.at(moment))
$$;
create function pg_temp.was_eligible(name text, target text, moment text) returns boolean
language sql as $$
  select ops.was_eligible_for_promotion(pg_temp.release(name), target, pg_temp.at(moment))
$$;

set local role service_role;
\ir helpers/members.psql

-- A history, with a mark after each step.
select pg_temp.mark('before');
select pg_temp.open('history');
select pg_temp.mark('opened');
select pg_temp.build('history', 10, 'fail');
select pg_temp.mark('failed');
select pg_temp.build('history', 20, 'pass');
select pg_temp.mark('healed');
select pg_temp.build('history', 5, 'fail', '{"checks": [{"check_name": "lint", "status": "fail"}]}');
select pg_temp.mark('lint known');
select pg_temp.build('history', 6, 'pass', '{"checks": [{"check_name": "lint", "status": "pass"}]}');
select pg_temp.mark('lint healed');
select pg_temp.sign('history', 30, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.mark('validated');
select pg_temp.deploy('history', 31, 'staging', 's1', 'in_progress');
select pg_temp.mark('staging');
select pg_temp.health('history', 32, 'staging', 's1', 'fail');
select pg_temp.mark('unhealthy');
select pg_temp.sign('history', 33, 'G3', 'rm-1', 'approved', 'rollback_plan');
select pg_temp.mark('signed');
select pg_temp.deploy('history', 34, 'staging', 's1', 'succeeded');
select pg_temp.health('history', 34, 'staging', 's1', 'pass');
select pg_temp.mark('healthy');
select pg_temp.deploy('history', 35, 'production', 'p1', 'in_progress');
select pg_temp.mark('production');
select pg_temp.deploy('history', 36, 'production', 'p1', 'failed');
select pg_temp.mark('broken');
select pg_temp.sign('history', 40, 'G2', 'qa-1', 'rejected');
select pg_temp.mark('rejected');
select pg_temp.sign('history', 29, 'G2', 'qa-2', 'rejected');
select pg_temp.mark('late rejection');

select is(
  pg_temp.then_was('history', 'G1', m.moment), m.status, format('G1 was %s at the mark "%s"', m.status, m.moment)
)
from (
  values
  ('opened', 'pending'), ('failed', 'failed'), ('healed', 'passed'), ('lint known', 'failed'),
  ('lint healed', 'passed'), ('validated', 'passed'), ('late rejection', 'passed')
) as m (moment, status);
select is(
  pg_temp.then_was('history', 'G2', m.moment), m.status, format('G2 was %s at the mark "%s"', m.status, m.moment)
)
from (
  values
  ('opened', 'pending'), ('lint healed', 'pending'), ('validated', 'passed'), ('broken', 'passed'),
  ('rejected', 'failed'), ('late rejection', 'failed')
) as m (moment, status);
select is(
  pg_temp.then_was('history', 'G3', m.moment), m.status, format('G3 was %s at the mark "%s"', m.status, m.moment)
)
from (
  values
  ('opened', 'pending'), ('unhealthy', 'pending'), ('signed', 'passed'), ('broken', 'passed'),
  ('rejected', 'in_progress')
) as m (moment, status);
select is(
  pg_temp.then_was('history', 'G4', m.moment), m.status, format('G4 was %s at the mark "%s"', m.status, m.moment)
)
from (
  values
  ('opened', 'pending'), ('staging', 'pending'), ('unhealthy', 'failed'), ('signed', 'failed'),
  ('healthy', 'passed'), ('production', 'pending'), ('broken', 'failed')
) as m (moment, status);
select is(
  pg_temp.was_eligible('history', 'staging', m.moment), m.eligible,
  format('at the mark "%s": eligible = %s for staging', m.moment, m.eligible)
)
from (
  values
  ('opened', false), ('lint healed', false), ('validated', true), ('broken', true),
  ('rejected', false)
) as m (moment, eligible);
select is(
  pg_temp.was_eligible('history', 'production', m.moment), m.eligible,
  format('at the mark "%s": eligible = %s for production', m.moment, m.eligible)
)
from (
  values
  ('validated', false), ('signed', false), ('healthy', true), ('production', true),
  ('broken', true), ('rejected', false)
) as m (moment, eligible);
select is(pg_temp.was_eligible('history', 'dev', 'opened'), true, 'the release was eligible for dev from the start');
select pg_temp.same_rows(
  $$ select f.kind::text, f.state::text
     from ops.gate_findings(pg_temp.gate('history', 'G1'), pg_temp.at('failed')) f where f.enforcement = 'blocking' $$,
  $$ values ('check', 'failed'), ('no_failed_checks', 'failed') $$,
  'gate_findings answers for a moment in the past'
);
select is(
  (
    select f.state::text
    from ops.gate_findings(pg_temp.gate('history', 'G2'), pg_temp.at('validated')) as f
    where f.kind = 'approval'
  ), 'satisfied', 'a decision that was recorded later does not change the findings of an earlier moment'
);

select pg_temp.open('evidence');
select pg_temp.build('evidence', 1, 'pass');
select pg_temp.sign('evidence', 2, 'G2', 'qa-1', 'approved');
select pg_temp.mark('approved');
select pg_temp.sign('evidence', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.mark('proven');
select is(
  pg_temp.then_was('evidence', 'G2', 'approved'), 'in_progress',
  'evidence does not count before it was recorded'
);
select is(pg_temp.then_was('evidence', 'G2', 'proven'), 'passed', 'evidence counts once it was recorded');

-- Exceptions in the past.
select pg_temp.open('excepted');
select pg_temp.build('excepted', 1, 'fail');
select pg_temp.mark('unexcepted');
select pg_temp.except_for(
  'excepted', 'gate_bypass', '{G1,G2}', starts => clock_timestamp() + interval '100 milliseconds'
);
-- A slow machine may reach effective_from before the next statement.
select set_config('pgtap.mark_recorded', x.created_at::text, true)
from ops.exceptions as x
where x.release_id = pg_temp.release('excepted');
select pg_temp.wait_until(x.effective_from)
from ops.exceptions as x
where x.release_id = pg_temp.release('excepted');
select pg_temp.mark('active');
select ops.evaluate_gate(pg_temp.gate('excepted', 'G1'));
update ops.exceptions set revoked_by = 'me'
where release_id = pg_temp.release('excepted');
select pg_temp.mark('revoked');
select is(
  pg_temp.then_was('excepted', 'G1', m.moment), m.status,
  format('exception at the mark "%s": G1 was %s', m.moment, m.status)
)
from (
  values ('unexcepted', 'failed'), ('recorded', 'failed'), ('active', 'bypassed'), ('revoked', 'failed')
) as m (moment, status);
select is(
  pg_temp.was_eligible('excepted', 'staging', m.moment), m.eligible,
  format('exception at the mark "%s": eligible = %s', m.moment, m.eligible)
)
from (values ('recorded', false), ('active', true), ('revoked', false)) as m (moment, eligible);

-- For the present moment, the replay agrees with the live answer.
select pg_temp.ready('ready');
select pg_temp.open('bypassed now');
select pg_temp.except_for('bypassed now', 'gate_bypass', '{G1,G2,G3}');
select is_empty(
  $$ select r.release_name, g.gate_code, g.status, ops.gate_status_at(g.gate_id, clock_timestamp())
     from ops.releases r join ops.release_gates g on g.release_id = r.release_id
     where r.project = 'pgtap/project' and g.status::text <> ops.gate_status_at(g.gate_id, clock_timestamp()) $$,
  'gate_status_at agrees with the stored status at the present'
);
select is_empty(
  $$ select r.release_name, t.target
     from ops.releases r cross join unnest(array['dev', 'staging', 'production']) as t (target)
     where r.project = 'pgtap/project'
       and ops.is_eligible_for_promotion(r.release_id, t.target)
         <> ops.was_eligible_for_promotion(r.release_id, t.target, clock_timestamp()) $$,
  'was_eligible_for_promotion agrees with is_eligible_for_promotion at the present'
);
select results_eq(
  $$ select ops.is_eligible_for_promotion(r.release_id, 'production') from ops.releases r
     where r.project = 'pgtap/project' order by r.release_name $$,
  $$ select unnest(array[true, false, false, false, true]) $$,
  'some releases are eligible and others are not'
);

-- Moments before the release was opened, and in the future, are errors.
select throws_ok(
  $$ select pg_temp.then_was('history', 'G1', 'before') $$, '22023', null,
  'gate_status_at refuses a moment before the release was opened'
);
select throws_ok(
  $$ select pg_temp.was_eligible('history', 'dev', 'before') $$, '22023', null,
  'was_eligible_for_promotion refuses a moment before the release was opened'
);
select throws_ok(
  format('select %s', f.call), '22023', null, format('%s refuses a moment in the future', f.name)
)
from (
  values
  ('gate_status_at', 'ops.gate_status_at(pg_temp.gate(''history'', ''G1''), clock_timestamp() + interval ''1 hour'')'),
  ('gate_findings', 'ops.gate_findings(pg_temp.gate(''history'', ''G1''), ''infinity'')'),
  ('was_eligible_for_promotion', 'ops.was_eligible_for_promotion(pg_temp.release(''history''), ''dev'', ''infinity'')')
) as f (name, call);
select throws_ok(
  $$ select ops.gate_status_at(pg_temp.gate('history', 'G1'), null) $$, '22023', null, 'a null moment is an error'
);
select throws_ok(
  $$ select ops.gate_status_at(gen_random_uuid(), now()) $$, 'OPS04', null, 'an unknown gate is an error'
);
select throws_ok(
  $$ select ops.was_eligible_for_promotion(gen_random_uuid(), 'dev', now()) $$, 'OPS04', null,
  'an unknown release is an error'
);
select throws_ok(
  $$ select ops.was_eligible_for_promotion(pg_temp.release('history'), 'live', pg_temp.at('opened')) $$, '22023', null,
  'an unknown target is an error'
);
select lives_ok(
  $$ select ops.gate_status_at(g.gate_id, r.created_at) from ops.releases r
     join ops.release_gates g on g.release_id = r.release_id where r.project = 'pgtap/project' $$,
  'gate_status_at answers for the moment at which the release was opened'
);

select finish();
rollback;
