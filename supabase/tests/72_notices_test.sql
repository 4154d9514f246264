begin;
create extension if not exists pgtap with schema extensions;
select plan(63);

\ir helpers/functions.psql

-- The notices of the release `name` in their order: kind, gate and roles, environment.
create function pg_temp.told(name text) returns text[]
language sql as $$
  select coalesce(array_agg(concat_ws(' ', n.kind, n.gate_code, nullif(array_to_string(n.personas, '+'), ''),
    n.environment) order by n.place), '{}')
  from ops.notices n where n.release_id = pg_temp.release(name)
$$;

-- The deliveries of the release `name` to `target` in their order: kind, state, for how many it stands.
create function pg_temp.deliveries(name text, target text) returns text[]
language sql as $$
  select coalesce(array_agg(concat_ws(' ', d.kind, d.state, d.same) order by d.place), '{}')
  from ops.notice_deliveries d where d.release_id = pg_temp.release(name) and d.target_name = target
$$;

-- Set the target `name` with `kinds`; null for all.
create function pg_temp.target(name text, kinds text[] default null, format text default 'webhook') returns uuid
language sql as $$
  select ops.set_notice_target('pgtap/project', name, format, 'OPS_NOTICE_' || upper(name), kinds, 'rm-1', 'a test')
$$;

-- Claim up to `batch` and record `outcome` of each, in their order. Returns what they said.
create function pg_temp.send(outcome text, batch integer default 20) returns text[]
language plpgsql as $$
declare
  c ops.claimed_notice;
  v_said text[] := '{}';
begin
  for c in select f.* from ops.claim_notices(batch) as f loop
    v_said := v_said || concat_ws(' ', c.kind, c.gate, c.persona, c.same, c.attempt, ops.record_notice_outcome(
      c.delivery_id, c.attempt, outcome, error_code => case outcome when 'failed' then 'timeout' end));
  end loop;
  return v_said;
end
$$;

-- Let `what` of the open deliveries be over.
create function pg_temp.pass(what text default 'due_at = clock_timestamp()') returns void
language plpgsql as $$
begin
  set local role postgres;
  execute format('update ops.notice_deliveries set %s where ended_at is null', what);
  set local role service_role;
end
$$;

-- Reject the release `name` on G3 and undo that. Returns how many notices there were before it was undone.
create function pg_temp.told_and_undone(name text) returns integer
language plpgsql as $$
declare
  v_told integer;
begin
  perform pg_temp.sign(name, 8, 'G3', 'rm-1', 'rejected');
  v_told := cardinality(pg_temp.told(name));
  raise raise_exception;
exception when raise_exception then
  return v_told;
end
$$;

set local role service_role;
\ir helpers/members.psql

-- Who may set a target, and to what.
select throws_ok(
  $$ select ops.set_notice_target('pgtap/project', 'a', 'slack', 'https://hooks.test/T0', null, 'rm-1', 'a test') $$,
  '23514', null, 'a secret is named, never sent'
);
select throws_ok(
  $$ select ops.set_notice_target('pgtap/project', 'a', 'mail', 'OPS_NOTICE_A', null, 'rm-1', 'a test') $$,
  '22023', null, 'a format that does not exist is refused'
);
select throws_ok(
  $$ select ops.set_notice_target('pgtap/project', 'a', 'slack', 'OPS_NOTICE_A', '{gate_sleeps}', 'rm-1', 'a test') $$,
  '22023', null, 'a kind that does not exist is refused'
);
select throws_ok(
  $$ select ops.set_notice_target('pgtap/project', 'a', 'slack', 'OPS_NOTICE_A', '{{gate_waits}}', 'rm-1', 'a test') $$,
  '22023', null, 'and a list of lists of kinds'
);
select throws_ok(
  $$ select ops.set_notice_target('pgtap/nowhere', 'a', 'slack', 'OPS_NOTICE_A', null, 'rm-1', 'a test') $$,
  'OPS04', null, 'so is a project that is not registered'
);
select throws_ok(
  $$ select ops.set_notice_target('pgtap/project', 'a', 'slack', 'OPS_NOTICE_A') $$,
  '23514', null, 'and a target that nobody asks for'
);
select throws_ok(
  $$ select pg_temp.as_person('release_manager', 'rm-1',
    'select ops.set_notice_target(''pgtap/project'', ''a'', ''slack'', ''OPS_NOTICE_A'', null, ''rm-1'', ''x'')') $$,
  '42501', null, 'a release manager sets none'
);

-- Nothing is written where nobody asks.
select pg_temp.open('silent');
select pg_temp.build('silent', 1, 'fail');
select is(pg_temp.told('silent'), '{}', 'nothing is told before there is a target');
select is(pg_temp.target('all'), pg_temp.target('all'), 'the same target again changes nothing');
select pg_temp.target('stops', '{gate_failed,ineligible_deployment}', 'slack');
select pg_temp.build('silent', 2, 'pass');
select is(
  pg_temp.told('silent'), '{"gate_waits G2 qa_tester"}',
  'a target is told what becomes true after it was set'
);
select is(
  (select count(*)::integer from ops.notice_deliveries as d
    where d.target_name = 'stops'), 0, 'and only what it asks for'
);

-- A gate begins to wait, fails, and waits again.
select pg_temp.open('turns');
select pg_temp.build('turns', 1, 'pass');
select pg_temp.build('turns', 1, 'pass');
select pg_temp.sign('turns', 2, 'G2', 'qa-1', 'approved', 'test_result');
select is(
  pg_temp.told('turns'), '{"gate_waits G2 qa_tester","gate_waits G3 release_manager"}',
  'a gate that begins to wait for a role is told once'
);
select pg_temp.build('turns', 0.5, 'fail');
select is(
  pg_temp.told('turns'), '{"gate_waits G2 qa_tester","gate_waits G3 release_manager"}',
  'a fact that comes late and changes no verdict tells nothing'
);
select pg_temp.build('turns', 2.5, 'fail');
select pg_temp.build('turns', 2.6, 'pass');
select pg_temp.sign('turns', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select pg_temp.deploy('turns', 6, 'production', 'p1', 'in_progress');
select pg_temp.deploy('turns', 7, 'production', 'p1', 'succeeded');
select is(
  pg_temp.told('turns'),
  '{"gate_waits G2 qa_tester","gate_waits G3 release_manager","gate_failed G1",'
  '"gate_waits G3 release_manager","gate_waits G4 sre",'
  '"promoted production"}', 'a failure, the confirmation that is due, and the promotion'
);

-- An event that is rolled back tells nothing.
select is(pg_temp.told_and_undone('turns'), 7, 'the notice is there in its transaction');
select is(cardinality(pg_temp.told('turns')), 6, 'and gone with it');

-- What is told is still true, in order, one at a time.
select is(
  pg_temp.deliveries('turns', 'all'),
  '{"gate_waits waiting 1","gate_waits merged 1","gate_failed waiting 1","gate_waits waiting 2","gate_waits waiting 1",'
  '"promoted waiting 1"}', 'each is to be delivered; two of a gate within two minutes are one'
);
select is(
  array(select concat_ws(' ', c.kind, c.gate, c.persona) from ops.claim_notices(20) as c
where c.release_ref = 'turns'),
  '{"gate_waits G4 sre"}', 'gates that were decided meanwhile are not told, and one is claimed at a time'
);
select is(
  pg_temp.deliveries('turns', 'all'),
  '{"gate_waits past 1","gate_waits merged 1","gate_failed past 1","gate_waits past 2","gate_waits claimed 1",'
  '"promoted waiting 1"}', 'they are past'
);
select is(pg_temp.send('delivered'), '{}', 'nobody else gets what is claimed, or what comes after it');
select is(
  (select ops.record_notice_outcome(d.delivery_id, 2, 'delivered') from ops.notice_deliveries as d
    where d.state = 'claimed' and d.release_id = pg_temp.release('turns')), 'overtaken', 'another attempt says nothing'
);
select pg_temp.pass();
select is(pg_temp.send('delivered'), '{}', 'a claim that lapsed is a try that failed, and waits as any other');
select is(
  array(select distinct concat_ws(' ', d.last_error, d.failures) from ops.notice_deliveries as d
where d.state = 'waiting' and d.attempt = 1), '{"lease_expired 1"}', 'and says why'
);
select pg_temp.pass();
select is(
  pg_temp.send('delivered'), '{"gate_waits G2 qa_tester 1 2 delivered","gate_waits G4 sre 1 2 delivered"}',
  'then it is claimed again'
);
select is(
  (select ops.record_notice_outcome(d.delivery_id, 1, 'failed', error_code => 'timeout')
    from ops.notice_deliveries as d
where d.kind = 'gate_waits' and d.state = 'delivered'
order by d.delivery_id
limit 1),
  'overtaken', 'the sender that was late changes nothing'
);
select is(pg_temp.send('delivered'), '{"promoted 1 1 delivered"}', 'then the next one comes');
select throws_ok(
  format('select ops.record_notice_outcome(%L, 1, ''failed'', error_code => ''whatever'')', gen_random_uuid()),
  '22023', null, 'an error is one of the list'
);

-- Failures: tried again, then others go on, then set aside.
select pg_temp.open('failing');
select pg_temp.build('failing', 1, 'fail');
select pg_temp.sign('failing', 2, 'G2', 'qa-1', 'rejected');
select is(
  pg_temp.deliveries('failing', 'stops'), '{"gate_failed waiting 1","gate_failed waiting 1"}',
  'failures of two gates are two notices'
);
select pg_temp.target('all', '{}');
select is(pg_temp.send('failed'), '{"gate_failed G1 1 1 waiting"}', 'a try failed');
select is(pg_temp.send('failed'), '{}', 'it waits for its next try, and the next one for it');
do $$ begin for i in 2..4 loop perform pg_temp.pass(); perform pg_temp.send('failed'); end loop; end $$;
select pg_temp.pass();
select is(pg_temp.send('failed'), '{"gate_failed G1 1 5 waiting"}', 'the fifth try');
select is(pg_temp.send('delivered'), '{"gate_failed G2 1 1 delivered"}', 'the next one goes on without it');
do $$ begin for i in 6..8 loop perform pg_temp.pass(); perform pg_temp.send('failed'); end loop; end $$;
select pg_temp.pass();
select is(pg_temp.send('failed'), '{"gate_failed G1 1 9 set_aside"}', 'after nine it is set aside');
select is(pg_temp.send('failed'), '{}', 'for good');
select is(
  (select ops.retry_notice(d.delivery_id) from ops.notice_deliveries as d
where d.state = 'set_aside'),
  'waiting', 'until somebody asks for another try'
);
select pg_temp.sign('failing', 3, 'G2', 'qa-2', 'rejected');
select pg_temp.deploy('failing', 4, 'production', 'p1', 'succeeded');
select is(
  pg_temp.send('failed'),
  '{"ineligible_deployment 1 1 waiting","gate_failed G1 1 10 waiting"}',
  'a deployment that was not eligible waits behind nothing'
);

-- The same within two minutes is one message, and the newest.
select pg_temp.open('again');
select pg_temp.target('all');
select pg_temp.build('again', 1, 'fail');
select pg_temp.build('again', 2, 'pass');
select pg_temp.build('again', 3, 'fail');
select is(
  pg_temp.deliveries('again', 'stops'), '{"gate_failed merged 1","gate_failed waiting 2"}', 'the newest stands for both'
);
select is(pg_temp.send('delivered'),
  '{"gate_failed G1 2 1 delivered","gate_failed G1 2 1 delivered"}', 'as one message to each');
select pg_temp.build('again', 4, 'pass');
select pg_temp.build('again', 5, 'fail');
select is(
  pg_temp.deliveries('again', 'stops'),
  '{"gate_failed merged 1","gate_failed delivered 2","gate_failed waiting 1"}',
  'what was claimed stands for no later one'
);
select count(*) from ops.claim_notices();
select pg_temp.build('again', 6, 'pass');
select pg_temp.build('again', 7, 'fail');
select is(
  pg_temp.deliveries('again', 'stops'),
  '{"gate_failed merged 1","gate_failed delivered 2","gate_failed claimed 1","gate_failed waiting 1"}',
  'nor what a sender holds'
);

-- Time alone.
select pg_temp.except_for('again', 'gate_bypass', '{G1}', '10 seconds');
select is(ops.due_notices(), 0, 'an exception that just began is not at its end');
select is(
  (select count(*)::integer from ops.notices as n
where n.kind = 'exception_opened'), 1, 'that it was opened is told'
);
select is(
  (select n.exception_id is not null and n.gate_code is null from ops.notices as n
where n.kind = 'exception_opened'),
  true,
  'and names the exception'
);
select pg_temp.wait_until((select x.effective_from + interval '5 seconds' from ops.exceptions as x));
select is(array[ops.due_notices(), ops.due_notices()], '{1,0}', 'its end is told when half of its time is over, once');

-- A target that is on again is told nothing of the time when it was off, and that is no candidate for ever.
select pg_temp.target('all', '{}');
select pg_temp.target('stops', '{}');
select pg_temp.open('reviews');
select pg_temp.except_for('reviews', 'gate_bypass', '{G3}', '50 milliseconds');
select pg_temp.open('lapsed');
select pg_temp.build('lapsed', 1, 'pass');
select pg_temp.except_for('lapsed', 'gate_bypass', '{G2}', '50 milliseconds');
select pg_temp.open('fails again');
select pg_temp.build('fails again', 1, 'fail');
select pg_temp.except_for('fails again', 'gate_bypass', '{G1}', '50 milliseconds');
select pg_temp.wait_until(clock_timestamp() + interval '100 milliseconds');

-- What lapsed is judged in every project, and says the same as before: who reads much has less to judge.
create function pg_temp.waits() returns jsonb
language sql as $$
  select jsonb_agg(to_jsonb(w) - 'age' order by w.gate_id) from ops.v_waiting w
  where w.release_name in ('lapsed', 'fails again')
$$;
select set_config('test.waits', pg_temp.waits()::text, true);
select ops.due_notices();
select is(
  (select count(*)::integer from ops.releases as r
where r.judged_until <= clock_timestamp()), 0, 'what lapsed is judged also where nobody is told of it'
);
select is(pg_temp.waits(), current_setting('test.waits')::jsonb, 'what waits, since when and for whom, stays the same');

select pg_temp.target('all');
select is(ops.due_notices(), 0, 'what became true while a target was off is not told when it is on again');
set local role postgres;
select is(
  (select count(*)::integer from ops_private.untold()), 0,
  'nor looked at, so that no number of them keeps out what is new'
);
set local role service_role;

-- What cannot be known of one release keeps no other one waiting: neither its judging, nor its notices.
select pg_temp.open(t.name) from unnest(array['not judged', 'judged']) as t (name);
select pg_temp.except_for('not judged', 'gate_bypass', '{G3}', '50 milliseconds');
select pg_temp.except_for('judged', 'gate_bypass', '{G3}', '60 milliseconds');
select pg_temp.wait_until(clock_timestamp() + interval '100 milliseconds');
set local role postgres;
alter table ops.releases add constraint planted
check (release_name <> 'not judged' or judged_until is not null) not valid;
alter function ops_private.is_still_true(ops.notices) rename to is_known_to_be_true;
create function ops_private.is_still_true(n ops.notices) returns boolean
language plpgsql stable as $$
begin
  perform 1 / (n.release_id <> pg_temp.release('not judged'))::integer;
  return ops_private.is_known_to_be_true(n);
end
$$;
set local role service_role;
select is(ops.due_notices(), 1, 'what can be known is told');
select is(
  (select array_agg(r.release_name::text) from ops.releases as r
  where r.judged_until <= clock_timestamp()), '{"not judged"}', 'and judged'
);
set local role postgres;
alter table ops.releases drop constraint planted;
drop function ops_private.is_still_true(ops.notices);
alter function ops_private.is_known_to_be_true(ops.notices) rename to is_still_true;
set local role service_role;
select is(ops.due_notices(), 1, 'what could not be known is told later');

-- However much lapsed where nobody is told of it, who is told comes first.
select ops.open_release('pgtap/other', 'other ' || o.n, 'production', 'sha-1', initiating_actor => 'dev-1')
from generate_series(1, 20) as o (n);
do $$ begin
  insert into ops.exceptions (
    release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
  select r.release_id, 'gate_bypass', '{G2}', 'hotfix', 'unknown', 'rm-1', clock_timestamp() + interval '2 seconds'
  from ops.releases r where r.project = 'pgtap/other';
end $$;
select pg_temp.except_for('lapsed', 'gate_bypass', '{G2}', '2 seconds');
select pg_temp.wait_until(x.expires_at)
from ops.exceptions as x
where x.release_id = pg_temp.release('lapsed');
select ops.due_notices();
select is(
  (select array_agg(distinct r.project) from ops.releases as r
where r.judged_until <= clock_timestamp()), '{pgtap/other}', 'what people are told of is judged before the rest'
);

-- One that stands for others and is past leaves the turn to them.
select pg_temp.except_for('reviews', 'gate_bypass', '{G3}', '100 milliseconds');
select pg_temp.except_for('reviews', 'gate_bypass', '{G3}', '100 milliseconds');
select pg_temp.wait_until(clock_timestamp() + interval '200 milliseconds');
select ops.due_notices();
update ops.exceptions set post_review_status = 'complete'
where exception_id = (
  select n.exception_id from ops.notice_deliveries as d inner join ops.notices as n on d.notice_id = n.notice_id
  where d.release_id = pg_temp.release('reviews') and d.kind = 'exception_review_due' and d.state = 'waiting');
do $$ begin while pg_temp.send('delivered') <> '{}' loop perform pg_temp.pass(); end loop; end $$;
select is(
  pg_temp.deliveries('reviews', 'all'),
  '{"exception_opened merged 1","exception_opened delivered 2","exception_review_due delivered 1",'
  '"exception_review_due past 2"}', 'of two exceptions that wait for a review, the one that still does is told'
);

-- A target that fails keeps nobody else waiting.
select pg_temp.target('stops', null, 'slack');
select pg_temp.open('fair');
select pg_temp.build('fair', 1, 'fail');
select pg_temp.send('failed', 1);
select pg_temp.pass('due_at = created_at - interval ''1 hour''');
select is(
  array(select c.format from ops.claim_notices(1) as c), '{slack}', 'a target that failed comes after one that did not'
);

-- Hours pass.
create function pg_temp.hours_pass(of_table text, set_to text, where_so text default 'true') returns void
language plpgsql as $$
begin
  set local role postgres;
  execute format('alter table ops.%I disable trigger user', of_table);
  execute format('update ops.%I set %s where %s', of_table, set_to, where_so);
  execute format('alter table ops.%I enable trigger user', of_table);
  set local role service_role;
end
$$;
-- What time alone made true of the release `name`, in order.
create function pg_temp.by_time(name text) returns text[]
language sql as $$
  select coalesce(array_agg(concat_ws(' ', n.kind, n.gate_code, n.environment) order by n.place), '{}')
  from ops.notices n where n.by_time and n.release_id = pg_temp.release(name)
$$;
-- The deployment of the release late ends, and nobody confirms it for a day.
create function pg_temp.ends_unconfirmed(minute numeric, deployment text) returns void
language plpgsql as $$
begin
  perform pg_temp.deploy('late', minute, 'production', deployment, 'succeeded');
  perform pg_temp.hours_pass('deployments', 'status_observed_at = status_observed_at - interval ''25 hours''',
    format('deployment_ref = %L and release_id = %L', deployment, pg_temp.release('late')));
  perform ops.due_notices();
  perform ops.due_notices();
end
$$;
create function pg_temp.does_not_end(minute numeric, deployment text) returns integer
language plpgsql as $$
begin
  perform pg_temp.deploy('late', minute, 'production', deployment, 'in_progress');
  perform pg_temp.hours_pass('deployments', 'status_observed_at = status_observed_at - interval ''5 hours''',
    format('deployment_ref = %L and release_id = %L', deployment, pg_temp.release('late')));
  return ops.due_notices() * 10 + ops.due_notices();
end
$$;
select pg_temp.hours_pass('notice_targets', 'created_at = created_at - interval ''10 days''');
select pg_temp.open('late');
select pg_temp.build('late', 1, 'pass');
select pg_temp.sign('late', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('late', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select ops.due_notices();
select is(pg_temp.does_not_end(4, 'late-1'), 10, 'a deployment of which nobody reports the end is told of once');
select is(pg_temp.by_time('late'), '{"deployment_unended production"}', 'with its environment');
select pg_temp.ends_unconfirmed(6, 'late-1');
select is(
  pg_temp.by_time('late'), '{"deployment_unended production","gate_waits G4 production"}',
  'so is G4 that nobody confirms for a day'
);
select pg_temp.does_not_end(7, 'late-2');
select pg_temp.ends_unconfirmed(8, 'late-2');
select is(
  pg_temp.by_time('late'),
  '{"deployment_unended production","gate_waits G4 production","deployment_unended production",'
  '"gate_waits G4 production"}',
  'and again for the next deployment'
);
select is(pg_temp.does_not_end(9, 'late-3'), 10, 'another deployment does not end');
select pg_temp.as_person(
  'release_manager', 'rm-1', 'select ops.close_release(%L, ''cancelled'')', pg_temp.release('late')::text
);
do $$ begin for i in 1..20 loop perform pg_temp.pass(); perform pg_temp.send('delivered'); end loop; end $$;
select is(
  (select d.state::text from ops.notice_deliveries as d
where d.target_name = 'all' and d.kind = 'deployment_unended'
order by d.place desc
limit 1), 'past', 'and is told no more when the release was closed before'
);

-- A verdict that somebody writes by hand is told as well.
select pg_temp.open('by-hand');
select pg_temp.build('by-hand', 1, 'fail');
select pg_temp.hours_pass('release_gates', 'status = ''in_progress'', resolved_at = null, resolved_by = null',
  format('gate_code = ''G1'' and release_id = %L', pg_temp.release('by-hand')));
update ops.release_gates set status = 'failed'
where gate_id = pg_temp.gate('by-hand', 'G1');
select is(pg_temp.told('by-hand'), '{"gate_failed G1","gate_failed G1"}', 'a verdict written by hand is told');

-- A refused report that stands.
select pg_temp.open('contested');
select pg_temp.build('contested', 1, 'fail', '{"artifact_ref": 7}');
set local role postgres;
select is(
  array(select concat_ws(' ', n.kind, n.gate_code, m ->> 'what', m ->> 'who')
    from ops.notices as n cross join lateral jsonb_array_elements(ops_private.detail_of(n) -> 'missing') as m
where n.release_id = pg_temp.release('contested') and n.kind = 'contested'),
  '{"contested G1 a refused report says fail ci_service_role"}', 'a refused report is told, with who can mend it'
);
set local role service_role;

-- A message that cannot be read is a try that failed, and stops no other.
select pg_temp.open('broken');
select pg_temp.build('broken', 1, 'fail');
select pg_temp.open('whole');
select pg_temp.build('whole', 1, 'pass');
set local role postgres;
alter function ops_private.detail_of(ops.notices) rename to detail_read;
create function ops_private.detail_of(n ops.notices) returns jsonb
language plpgsql as $$
begin
  if n.kind = 'gate_failed' then
    raise exception 'unreadable';
  end if;
  return ops_private.detail_read(n);
end
$$;
set local role service_role;
do $$ begin for i in 1..5 loop perform pg_temp.send('delivered'); end loop; end $$;
select is(
  array(select distinct concat_ws(' ', d.kind, d.state, d.last_error) as said from ops.notice_deliveries as d
where d.target_name = 'all' and d.release_id in (pg_temp.release('broken'), pg_temp.release('whole'))
order by said), '{"gate_failed waiting unexpected","gate_waits delivered"}',
  'what cannot be read keeps no other from being told'
);

select finish();
rollback;
