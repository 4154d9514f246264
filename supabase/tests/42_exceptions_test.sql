begin;
create extension if not exists pgtap with schema extensions;
select plan(76);

\ir helpers/functions.psql

create function pg_temp.gates_stored(name text) returns text[]
language sql stable as $$
  select array_agg(g.status::text order by g.gate_code)
  from ops.release_gates g
  where g.release_id = pg_temp.release(name)
$$;
create function pg_temp.bypass_of(name text, code text) returns uuid
language sql stable as $$
  select g.exception_id
  from ops.release_gates g
  where g.gate_id = pg_temp.gate(name, code)
$$;
create function pg_temp.hours_of_bypass(name text, code text) returns numeric
language sql stable as $$
  select round(extract(epoch from x.expires_at - x.effective_from) / 3600)
  from ops.exceptions x
  where x.exception_id = pg_temp.bypass_of(name, code)
$$;
create function pg_temp.failed_build(name text) returns void
language sql as $$
  select pg_temp.open(name);
  select pg_temp.build(name, 1, 'fail');
$$;

set local role service_role;
\ir helpers/members.psql

-- What each type covers.
select pg_temp.failed_build(t.name) from unnest(array['bypass', 'waiver', 'override']) as t (name);
select is(pg_temp.stored('bypass', 'G1'), 'failed', 'a failed build fails G1');
select pg_temp.except_for('bypass', 'gate_bypass', '{G1}');
select is(pg_temp.stored('bypass', 'G1'), 'bypassed', 'a gate_bypass covers a failed finding');
select pg_temp.except_for('waiver', 'evidence_waiver', '{G1}');
select is(pg_temp.stored('waiver', 'G1'), 'failed', 'an evidence_waiver does not cover a failed finding');
select pg_temp.except_for('override', 'timing_override', '{G1}');
select is(pg_temp.stored('override', 'G1'), 'failed', 'a timing_override does not cover a failed finding');
select is(
  pg_temp.gates_stored('bypass'), array['bypassed', 'pending', 'pending', 'pending'],
  'an exception covers its gates and no others'
);
select pg_temp.sign('bypass', 2, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.stored('bypass', 'G2'), 'passed', 'the next gate may pass after a bypassed one');
select is(pg_temp.eligible('bypass', 'staging'), true, 'the release is eligible for staging after a bypassed G1');
select pg_temp.build('bypass', 3, 'pass');
select is(pg_temp.stored('bypass', 'G1'), 'passed', 'a bypassed gate becomes passed when its own facts suffice');
select is(pg_temp.bypass_of('bypass', 'G1'), null, 'a passed gate names no exception');

select pg_temp.open('evidence');
select pg_temp.build('evidence', 1, 'pass');
select pg_temp.sign('evidence', 2, 'G2', 'qa-1', 'approved');
select pg_temp.except_for('evidence', 'timing_override', '{G2}');
select is(pg_temp.stored('evidence', 'G2'), 'in_progress', 'a timing_override does not cover missing evidence');
select pg_temp.except_for('evidence', 'evidence_waiver', '{G2,G3}');
select is(pg_temp.stored('evidence', 'G2'), 'bypassed', 'an evidence_waiver covers missing evidence');
select is(pg_temp.stored('evidence', 'G3'), 'pending', 'an evidence_waiver does not cover a missing approval');
select pg_temp.sign('evidence', 3, 'G3', 'rm-1', 'approved');
select is(pg_temp.stored('evidence', 'G3'), 'bypassed', 'an evidence_waiver covers G3 once only evidence is missing');
select is(
  pg_temp.eligible('evidence', 'production'), true, 'the release is eligible for production under an evidence_waiver'
);
select pg_temp.sign('evidence', 4, 'G2', 'qa-1', 'rejected');
select is(
  pg_temp.gates_stored('evidence'), array['passed', 'failed', 'in_progress', 'pending'],
  'an evidence_waiver covers neither a rejection nor a gate that waits for the rejected one'
);

-- When an exception begins to count.
select pg_temp.failed_build('upcoming');
select pg_temp.except_for(
  'upcoming', 'gate_bypass', '{G1,G2}', starts => clock_timestamp() + interval '1 second'
);
select is(pg_temp.stored('upcoming', 'G1'), 'failed', 'an exception does not count before it begins');
select is(
  pg_temp.eligible('upcoming', 'staging'), false, 'an exception does not make the release eligible before it begins'
);
select pg_temp.wait_until(x.effective_from)
from ops.exceptions as x
where x.release_id = pg_temp.release('upcoming');
select is(pg_temp.eligible('upcoming', 'staging'), true, 'an exception counts once it begins, without another fact');
select is(
  array(select b.kind::text from ops.promotion_blockers(pg_temp.release('upcoming'), 'staging') as b), '{}',
  'an active exception leaves no blocker'
);
select is(pg_temp.stored('upcoming', 'G1'), 'failed', 'the stored status does not change when an exception begins');
select is(
  ops.evaluate_gate(pg_temp.gate('upcoming', 'G2')), 'bypassed',
  'evaluate_gate answers with the status under the exception'
);
select is(pg_temp.stored('upcoming', 'G1'), 'bypassed', 'evaluate_gate stores the status of earlier gates too');
select is(
  ops.was_eligible_for_promotion(
    pg_temp.release('upcoming'), 'staging',
    (
      select x.effective_from - interval '1 microsecond'
      from ops.exceptions as x
      where x.release_id = pg_temp.release('upcoming')
    )
  ), false, 'an exception did not count a microsecond before it began'
);

-- When an exception may begin and end.
select pg_temp.open('window');
select lives_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', '30 days', now() + interval '1 hour') $$,
  'an exception may last 30 days'
);
select throws_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', '720:00:01', now() + interval '1 hour') $$,
  '23514', null, 'an exception may not last 30 days and a second'
);
select lives_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', '1 hour', now() + interval '168 hours') $$,
  'an exception may begin in 7 days'
);
select throws_ok(
  $$ select pg_temp.except_for(
       'window', 'gate_bypass', '{G1}', '1 hour', clock_timestamp() + interval '168:00:01') $$,
  '23514', null, 'an exception may not begin in 7 days and a second'
);
select throws_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', '0', now() + interval '1 hour') $$,
  '23514', null, 'an exception cannot end when it begins'
);
select throws_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', '-1 hour', now() + interval '1 hour') $$,
  '23514', null, 'an exception cannot end before it begins'
);
select throws_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', null) $$, '23502', null, 'an exception needs an end'
);
select throws_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', starts => 'infinity') $$, '23514', null,
  'an exception cannot begin at infinity'
);
select throws_ok(
  $$ insert into ops.exceptions (
       release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
     values (pg_temp.release('window'), 'gate_bypass', '{G1}', 'why', 'risk', 'rm-1', 'infinity') $$,
  '23514', null, 'an exception cannot end at infinity'
);
select throws_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', starts => now() - interval '1 second') $$,
  'OPS07', null, 'an exception cannot begin in the past'
);
select throws_ok(
  $$ select pg_temp.except_for('window', 'gate_bypass', '{G1}', starts => '-infinity') $$,
  'OPS07', null, 'an exception cannot begin at minus infinity'
);
select is_empty(
  $$ select x.exception_id from ops.exceptions x where x.effective_from < x.created_at $$,
  'no exception begins before it was recorded'
);

-- What an exception must say.
select throws_ok(
  format(
    'insert into ops.exceptions (
       release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
     values (%L, ''gate_bypass'', %L, %L, %L, ''rm-1'', clock_timestamp() + interval ''1 hour'')',
    pg_temp.release('window'), t.gates, t.reason, t.risk
  ), '23514', null, t.description
)
from (
  values
  ('{}', 'why', 'risk', 'an exception names at least one gate'),
  ('{G1,null}', 'why', 'risk', 'an exception cannot name a null gate'),
  ('{G1}', '   ', 'risk', 'the reason of an exception is not blank'),
  ('{G1}', 'why', '', 'the risk statement of an exception is not blank'),
  ('{G1}', repeat('x', 8193), 'risk', 'the reason of an exception has at most 8 KiB')
) as t (gates, reason, risk, description);

-- Who may approve an exception.
select pg_temp.open('own', initiator => 'rm-1');
select throws_ok(
  $$ select pg_temp.except_for('own', 'gate_bypass', '{G1}', approver => 'rm-1') $$, 'OPS07', null,
  'the initiator cannot approve an exception'
);
select throws_ok(
  $$ select pg_temp.except_for('own', 'gate_bypass', '{G1}', approver => ' RM-Handle ') $$, 'OPS07', null,
  'the initiator cannot approve an exception by their handle'
);
select lives_ok(
  $$ select pg_temp.except_for('own', 'gate_bypass', '{G1}', approver => 'rm-2') $$,
  'another release manager can approve an exception'
);
select throws_ok(
  $$ select pg_temp.except_for('own', 'gate_bypass', '{G1}', approver => 'qa-1') $$, 'OPS06', null,
  'a tester cannot approve an exception'
);
select throws_ok(
  $$ select pg_temp.except_for('own', 'gate_bypass', '{G1}', approver => 'nobody') $$, 'OPS06', null,
  'somebody unknown cannot approve an exception'
);

-- Revocation.
select pg_temp.failed_build('revoked');
insert into ops.exceptions (
  release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at,
  post_review_status, reviewed_at, reviewed_by, revoked_at, revoked_by
) values (
  pg_temp.release('revoked'), 'gate_bypass', '{G1,G2}', 'why', 'risk', 'rm-1', clock_timestamp() + interval '1 hour',
  'complete', '2001-01-01 00:00:00+00', 'forger', '2001-01-01 00:00:00+00', 'forger'
);
select results_eq(
  $$ select post_review_status::text, revoked_at, revoked_by from ops.exceptions
     where release_id = pg_temp.release('revoked') $$,
  $$ values ('pending', null::timestamptz, null::text) $$,
  'a new exception is neither reviewed nor revoked'
);
select is(pg_temp.eligible('revoked', 'staging'), true, 'the release is eligible while the exception is active');
select pg_temp.mark('before');
select lives_ok(
  $$ update ops.exceptions set revoked_by = 'forger', revoked_at = '2001-01-01 00:00:00+00'
     where release_id = pg_temp.release('revoked') $$,
  'an exception can be revoked'
);
select results_eq(
  $$ select revoked_by, revoked_at between pg_temp.at('before') and clock_timestamp() from ops.exceptions
     where release_id = pg_temp.release('revoked') $$,
  $$ values ('service_role', true) $$,
  'the server sets when and by whom an exception was revoked'
);
select is(
  pg_temp.gates_stored('revoked'), array['failed', 'pending', 'pending', 'pending'],
  'a revocation judges the gates again in the same transaction'
);
select is(pg_temp.eligible('revoked', 'staging'), false, 'a revocation makes the release ineligible');
select is(
  ops.was_eligible_for_promotion(pg_temp.release('revoked'), 'staging', pg_temp.at('before')), true,
  'the release was eligible at the moment before the revocation'
);
select throws_ok(
  format('update ops.exceptions set %s where release_id = %L', t.change, pg_temp.release('revoked')), 'OPS07', null,
  t.description
)
from (
  values
  ('revoked_at = null, revoked_by = null', 'a revocation cannot be undone'),
  ('revoked_by = ''rm-1''', 'the person who revoked cannot be changed'),
  ('revoked_at = clock_timestamp()', 'an exception cannot be revoked twice')
) as t (change, description);

-- Review: once, after the end, by somebody else than the approver.
create function pg_temp.review(name text, who text, change text default 'post_review_status = ''complete''')
returns text
language sql as $$
  select pg_temp.as_person('release_manager', who, format(
    'with written as (update ops.exceptions set %s where release_id = %%L returning 1) select count(*) from written',
    change), pg_temp.release(name)::text)
$$;
select pg_temp.failed_build('ended');
select pg_temp.except_for('ended', 'gate_bypass', '{G1}', lasts => '300 milliseconds');
select throws_ok(
  $$ select pg_temp.review('ended', 'rm-2') $$, 'OPS07', null, 'an active exception cannot be reviewed'
);
select throws_ok(
  $$ select pg_temp.review('upcoming', 'rm-2') $$, 'OPS07', null, 'nor one that has hours left'
);
select pg_temp.wait_until(x.expires_at)
from ops.exceptions as x
where x.release_id = pg_temp.release('ended');
select throws_ok(
  format('select pg_temp.review(%L, %L)', t.name, t.who), 'OPS07', null,
  format('the approver %s of the %s exception cannot review it', t.who, t.name)
)
from (values ('ended', 'rm-1'), ('ended', 'RM-1'), ('revoked', 'rm-1')) as t (name, who);
select throws_ok(
  $$ select pg_temp.as_person('service_role', 'rm-1', 'update ops.exceptions set post_review_status = ''waived''
     where release_id = ' || quote_literal(pg_temp.release('ended')) || ' returning 1') $$, 'OPS07', null,
  'nor with the secret key in their name'
);
select pg_temp.grant_to('rm-3', 'release_manager');
insert into ops.approvals (release_id, exception_id, approver_id, persona_role, decision, scope, rationale_structured)
select
  x.release_id,
  x.exception_id,
  'rm-3' as approver_id,
  'release_manager' as persona_role,
  d.decision::ops.ops_decision_type,
  'exception' as scope,
  '{"why": "known"}' as rationale_structured
from ops.exceptions as x
cross join (values ('approved'), ('rejected')) as d (decision)
where x.release_id = pg_temp.release('ended');
select throws_ok(
  $$ select pg_temp.review('ended', 'rm-3') $$, 'OPS07', null,
  'who approved it too cannot review it, although they withdrew that'
);
select is(pg_temp.review('ended', 'rm-2'), '1', 'another release manager can review it once it has ended');
select is(
  pg_temp.review('revoked', 'rm-2', 'post_review_status = ''waived'''), '1', 'a revoked exception can be reviewed'
);
select results_eq(
  $$ select v.post_review_status::text, v.reviewed_by, v.reviewed_at between now() and clock_timestamp(), v.state
     from ops.v_exception_status v
     where v.release_id = any (array[pg_temp.release('ended'), pg_temp.release('revoked')]) order by v.state $$,
  $$ values ('complete', 'rm-2', true, 'expired'), ('waived', 'rm-2', true, 'revoked') $$,
  'the server sets who reviewed it and when, and the view says so'
);
select is(pg_temp.review('ended', 'rm-2'), '1', 'the same review again changes nothing');
select throws_ok(
  format('update ops.exceptions set %s where release_id = %L', t.change, pg_temp.release('ended')), 'OPS07', null,
  format('a review keeps: %s', t.change)
)
from unnest(array[
  'post_review_status = ''waived''', 'post_review_status = ''pending''', 'reviewed_by = ''forger''',
  'reviewed_at = ''2001-01-01 00:00:00+00'''
]) as t (change);
select throws_ok(
  format('update ops.exceptions set %s where release_id = %L', t.change, pg_temp.release('own')), 'OPS07', null,
  format('nobody reviews by: %s', t.change)
)
from unnest(array['reviewed_by = ''forger''', 'reviewed_at = clock_timestamp()']) as t (change);

-- Several exceptions at once.
select pg_temp.failed_build('several');
select pg_temp.except_for('several', 'gate_bypass', '{G1}', lasts => '1 hour');
select pg_temp.except_for('several', 'gate_bypass', '{G1}', lasts => '3 hours');
select pg_temp.except_for('several', 'gate_bypass', '{G1}', lasts => '2 hours');
select pg_temp.except_for('several', 'gate_bypass', '{G2}', lasts => '4 hours');
select pg_temp.except_for('several', 'timing_override', '{G1}', lasts => '4 hours');
select is(
  pg_temp.hours_of_bypass('several', 'G1'), 3.0,
  'of several exceptions that cover a gate, the one that ends last bypasses it'
);
update ops.exceptions set revoked_by = 'me'
where exception_id = pg_temp.bypass_of('several', 'G1');
select is(
  pg_temp.hours_of_bypass('several', 'G1'), 2.0,
  'when the exception that ends last is revoked, the next one bypasses the gate'
);
select pg_temp.failed_build('equal');
insert into ops.exceptions (
  exception_id, release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at
)
values
('00000000-0000-4000-8000-000000000002', pg_temp.release('equal'), 'gate_bypass', '{G1}', 'why', 'risk', 'rm-1',
 now() + interval '1 hour'),
('00000000-0000-4000-8000-000000000001', pg_temp.release('equal'), 'gate_bypass', '{G1}', 'why', 'risk', 'rm-1',
 now() + interval '1 hour'),
('00000000-0000-4000-8000-000000000003', pg_temp.release('equal'), 'gate_bypass', '{G1}', 'why', 'risk', 'rm-1',
 now() + interval '1 hour');
select is(
  pg_temp.bypass_of('equal', 'G1'), '00000000-0000-4000-8000-000000000001'::uuid,
  'of several exceptions with the same end, the one with the smallest id bypasses the gate'
);
select pg_temp.open('no sum');
select pg_temp.build('no sum', 1, 'pass');
select pg_temp.except_for('no sum', 'evidence_waiver', '{G2}');
select pg_temp.except_for('no sum', 'timing_override', '{G2}');
select is(
  pg_temp.stored('no sum', 'G2'), 'pending', 'two exceptions together do not cover a gate that neither covers alone'
);

select finish();
rollback;
