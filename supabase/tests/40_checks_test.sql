begin;
create extension if not exists pgtap with schema extensions;
select plan(39);

\ir helpers/functions.psql

-- The policy of the product lets a developer record checks of the source `manual` only. With this one the test can
-- try another source.
create policy pgtap_insert_any_source on ops.gate_checks for insert to developer with check (true);
create function pg_temp.lint(name text, minute numeric, status text) returns text
language sql as $$
  select pg_temp.build(name, minute, 'pass', jsonb_build_object(
    'check_name', 'lint', 'checks', jsonb_build_array(jsonb_build_object('check_name', 'build', 'status', status))))
$$;

set local role service_role;
\ir helpers/members.psql

-- The check that was observed last counts.
select pg_temp.open('latest');
select pg_temp.build('latest', 10, 'pass');
select is(pg_temp.stored('latest', 'G1'), 'passed', 'a passing build passes G1');
select pg_temp.build('latest', 5, 'fail');
select is(pg_temp.stored('latest', 'G1'), 'passed', 'an older failure that arrives later changes nothing');
select pg_temp.build('latest', 15, 'fail');
select is(pg_temp.stored('latest', 'G1'), 'failed', 'a newer failure fails G1');
select pg_temp.build('latest', 20, 'pass');
select is(pg_temp.stored('latest', 'G1'), 'passed', 'a rerun that passes makes G1 pass again');
select pg_temp.build('latest', 25, 'pass', '{"checks": [{"check_name": "lint", "status": "fail"}]}');
select is(pg_temp.stored('latest', 'G1'), 'failed', 'a failed check that no requirement names fails G1');
select pg_temp.same_rows(
  $$ select kind::text, state::text from ops.gate_findings(pg_temp.gate('latest', 'G1'))
     where enforcement = 'blocking' $$,
  $$ values ('check', 'satisfied'), ('no_failed_checks', 'failed') $$,
  'the findings list the required check and the failed check separately'
);
select pg_temp.build('latest', 30, 'pass');
select is(pg_temp.stored('latest', 'G1'), 'failed', 'a pass of another check does not make G1 pass');
select pg_temp.build('latest', 35, 'pass', '{"checks": [{"check_name": "lint", "status": "pass"}]}');
select is(pg_temp.stored('latest', 'G1'), 'passed', 'a rerun of the failed check makes G1 pass');

-- Of checks observed at the same time, the worst counts, in any order of arrival.
select pg_temp.open(t.name) from unnest(array['tie 1', 'tie 2', 'tie 3', 'tie 4', 'tie 5']) as t (name);
select pg_temp.build('tie 1', 10, 'pass');
select pg_temp.build('tie 1', 10, 'fail');
select pg_temp.build('tie 2', 10, 'fail');
select pg_temp.build('tie 2', 10, 'pass');
select is(
  array[pg_temp.stored('tie 1', 'G1'), pg_temp.stored('tie 2', 'G1')], array['failed', 'failed'],
  'a tie of pass and fail is a failure in either order'
);
select pg_temp.lint('tie 3', 10, 'pass');
select pg_temp.lint('tie 3', 10, 'warning');
select is(pg_temp.stored('tie 3', 'G1'), 'in_progress', 'a tie of pass and warning does not pass');
select pg_temp.lint('tie 4', 10, 'skipped');
select pg_temp.lint('tie 4', 10, 'pass');
select is(pg_temp.stored('tie 4', 'G1'), 'in_progress', 'a tie of pass and skipped does not pass');
select pg_temp.lint('tie 5', 10, 'warning');
select pg_temp.lint('tie 5', 10, 'fail');
select is(pg_temp.stored('tie 5', 'G1'), 'failed', 'a tie of warning and fail is a failure');

-- Warning and skipped.
select pg_temp.open('neither');
select pg_temp.lint('neither', 10, 'warning');
select is(pg_temp.stored('neither', 'G1'), 'in_progress', 'a warning neither passes nor fails the gate');
select pg_temp.lint('neither', 11, 'skipped');
select is(pg_temp.stored('neither', 'G1'), 'in_progress', 'a skipped check does not satisfy the requirement');
select pg_temp.lint('neither', 12, 'pass');
select is(pg_temp.stored('neither', 'G1'), 'passed', 'a passing check satisfies the requirement');
select pg_temp.build('neither', 13, 'pass', '{"checks": [
  {"check_name": "slow", "status": "warning"}, {"check_name": "windows", "status": "skipped"}]}');
select is(
  pg_temp.stored('neither', 'G1'), 'passed', 'a warning or a skipped check that no requirement names does not stop G1'
);

-- Trust: a check that a person records can fail a gate but cannot satisfy it.
select pg_temp.open('trust');
select is(pg_temp.check_by_hand('trust', 'pass'), 'recorded', 'a developer records a passing build');
select is(pg_temp.stored('trust', 'G1'), 'in_progress', 'a check by hand does not satisfy the requirement');
select pg_temp.build('trust', 10, 'pass');
select is(pg_temp.stored('trust', 'G1'), 'passed', 'the same check by a machine satisfies the requirement');
select pg_temp.check_by_hand('trust', 'fail');
select is(pg_temp.stored('trust', 'G1'), 'failed', 'a failure by hand fails the gate');
select pg_temp.build('trust', 20, 'pass');
select is(pg_temp.stored('trust', 'G1'), 'failed', 'a pass by a machine does not undo a failure by hand');
select pg_temp.check_by_hand('trust', 'pass');
select is(pg_temp.stored('trust', 'G1'), 'passed', 'a pass by hand undoes a failure by hand');
select pg_temp.build('trust', 30, 'fail');
select pg_temp.check_by_hand('trust', 'pass');
select is(pg_temp.stored('trust', 'G1'), 'failed', 'a pass by hand does not undo a failure by a machine');
select pg_temp.build('trust', 40, 'pass');
select is(pg_temp.stored('trust', 'G1'), 'passed', 'a pass by a machine undoes a failure by a machine');
select pg_temp.check_by_hand('trust', 'fail', 'exploratory');
select is(
  pg_temp.stored('trust', 'G1'), 'failed', 'a failure by hand of a check that no requirement names fails the gate'
);
select pg_temp.check_by_hand('trust', 'pass', 'exploratory');
select pg_temp.build('trust', 50, 'pass', '{"checks": [{"check_name": "lint", "status": "fail"}]}');
select pg_temp.check_by_hand('trust', 'pass', 'lint');
select is(
  pg_temp.stored('trust', 'G1'), 'failed',
  'a pass by hand does not undo a machine''s failure of a check that no requirement names'
);
select pg_temp.same_rows(
  $$ select distinct c.created_role, c.trusted from ops.gate_checks c where c.release_id = pg_temp.release('trust') $$,
  $$ values ('developer', false), ('service_role', true) $$,
  'only checks that a machine recorded are trusted'
);
select pg_temp.open('pretence');
select is(
  pg_temp.as_person('developer', 'dev-1', format(
    'with written as (insert into ops.gate_checks (
         release_id, gate_id, check_name, source_system, status, created_role)
       values (%%L, %L, ''build'', ''github_actions'', ''pass'', ''ci_service_role'')) select ''recorded''',
    pg_temp.gate('pretence', 'G1')
  ), pg_temp.release('pretence')::text),
  'recorded', 'a check by a developer who claims to be a pipeline is recorded'
);
select is(
  pg_temp.stored('pretence', 'G1'), 'in_progress',
  'a check by a developer who claims to be a pipeline does not satisfy the requirement'
);
select is(
  pg_temp.send_as('ci_service_role', 'bot-1', pg_temp.event('build_complete', 'pretence', 10, '{"status": "pass"}')),
  'accepted', 'a check by a pipeline is recorded'
);
select is(pg_temp.stored('pretence', 'G1'), 'passed', 'a check by a pipeline satisfies the requirement');

-- Other gates.
select pg_temp.ready('later');
select is(pg_temp.eligible('later', 'production'), true, 'a release whose gates passed is eligible');
insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
values (pg_temp.release('later'), pg_temp.gate('later', 'G2'), 'regression', 'agent', 'fail');
select is(pg_temp.stored('later', 'G2'), 'failed', 'a failed check on G2 fails G2');
select is(pg_temp.stored('later', 'G3'), 'in_progress', 'G3 waits for G2 and is judged again in the same transaction');
select is(pg_temp.eligible('later', 'staging'), false, 'a failed G2 makes the release ineligible');
insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
values (pg_temp.release('later'), pg_temp.gate('later', 'G2'), 'regression', 'agent', 'pass');
select is(pg_temp.stored('later', 'G3'), 'passed', 'a rerun that passes makes G2 and G3 pass');
insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
values (pg_temp.release('later'), pg_temp.gate('later', 'G3'), 'migration_dry_run', 'agent', 'fail');
select is(pg_temp.stored('later', 'G3'), 'failed', 'a failed check on G3 fails G3');
select is(pg_temp.stored('later', 'G2'), 'passed', 'a failed check on G3 does not fail G2');
select pg_temp.build('later', 50, 'fail');
select is(
  array[pg_temp.stored('later', 'G1'), pg_temp.stored('later', 'G2'), pg_temp.stored('later', 'G3')],
  array['failed', 'in_progress', 'failed'], 'a later build failure puts G2, which waits for G1, back in progress'
);

select finish();
rollback;
