begin;
create extension if not exists pgtap with schema extensions;
select plan(47);

\ir helpers/functions.psql

create function pg_temp.state_of(name text, ref text) returns text
language sql stable as $$
  select (pg_temp.deployment(name, ref)).status::text
$$;
create function pg_temp.directly(name text, ref text, status text) returns void
language sql as $$
  update ops.deployments d set status = directly.status::ops.ops_deployment_status
  where d.release_id = pg_temp.release(name) and d.deployment_ref = ref
$$;

set local role service_role;
\ir helpers/members.psql

-- Promotion follows the newest finished deployment to the target.
select pg_temp.ready('life');
select pg_temp.deploy('life', 10, 'production', 'p1', 'in_progress');
select is(pg_temp.released('life'), 'in_progress', 'a deployment that is in progress does not promote');
select pg_temp.deploy('life', 11, 'production', 'p1', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'one that succeeded does');
select pg_temp.deploy('life', 20, 'production', 'p2', 'in_progress');
select is(pg_temp.released('life'), 'promoted', 'a newer one that is in progress changes nothing');
select pg_temp.deploy('life', 21, 'production', 'p2', 'failed');
select is(pg_temp.released('life'), 'failed', 'one that failed fails the release');
select pg_temp.deploy('life', 30, 'production', 'p3', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'a later re-deployment may promote again');
select pg_temp.deploy('life', 15, 'production', 'p0', 'failed');
select is(pg_temp.released('life'), 'promoted', 'an older one that is reported later changes nothing');
select pg_temp.ready('to staging', 'staging');
select pg_temp.deploy('to staging', 10, 'staging', 's1', 'succeeded');
select is(pg_temp.released('to staging'), 'promoted', 'the target is the release''s own');
select pg_temp.deploy('to staging', 20, 'dev', 'd1', 'failed');
select is(pg_temp.released('to staging'), 'promoted', 'other environments change nothing');

-- A rollback is a deployment of its own that names the one it undoes.
select pg_temp.health('life', 31, 'production', 'p3', 'pass');
select pg_temp.deploy('life', 40, 'production', 'r1', 'in_progress', '{"rollback_of_ref": "p3"}');
select is(pg_temp.state_of('life', 'p3'), 'succeeded', 'a rollback in progress undoes nothing yet');
select is(pg_temp.stored('life', 'G4'), 'passed', 'and is not what G4 looks at');
select results_eq(
  $$ select d.rollback_of = u.deployment_id, d.was_eligible, d.blockers_at_deploy
     from pg_temp.deployment('life', 'r1') d cross join pg_temp.deployment('life', 'p3') u $$,
  $$ values (true, null::boolean, null::jsonb) $$,
  'a rollback names what it undoes, and is not judged'
);
select pg_temp.deploy('life', 41, 'production', 'r1', 'succeeded', '{"rollback_of_ref": "p3"}');
select is(pg_temp.state_of('life', 'p3'), 'rolled_back', 'when it succeeds that one is rolled back');
select is(pg_temp.state_of('life', 'r1'), 'succeeded', 'and it has succeeded itself');
select is(pg_temp.released('life'), 'rolled_back', 'and so is the release');
select pg_temp.deploy('life', 42, 'production', 'p3', 'succeeded');
select is(pg_temp.state_of('life', 'p3'), 'rolled_back', 'a late report of its success does not bring it back');
select pg_temp.deploy('life', 50, 'production', 'p4', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'a later deployment may promote again');
select pg_temp.deploy('life', 60, 'production', 'r2', 'failed', '{"rollback_of_ref": "p4"}');
select is(pg_temp.state_of('life', 'p4'), 'succeeded', 'a rollback that failed undoes nothing');
select is(pg_temp.released('life'), 'promoted', 'and leaves the release as it was');
select is(
  pg_temp.deploy('life', 61, 'production', 'r3', 'succeeded', '{"rollback_of_ref": "unheard"}'), 'unknown_deployment',
  'a rollback names a deployment that is known'
);
select is(
  pg_temp.deploy('life', 61, 'staging', 'r3', 'succeeded', '{"rollback_of_ref": "p4"}'), 'unknown_deployment',
  'in its own environment'
);
select pg_temp.deploy('life', 70, 'production', 'p4', 'rolled_back');
select is(pg_temp.state_of('life', 'p4'), 'rolled_back', 'a deployment may also be reported as rolled back itself');
select is(pg_temp.released('life'), 'rolled_back', 'with the same effect');
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
values (pg_temp.release('life'), 'production', 'p5', 'sha-1', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'a deployment that is inserted directly promotes as well');
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, rollback_of)
values (
  pg_temp.release('life'), 'production', 'r5', 'sha-1', 'succeeded', (pg_temp.deployment('life', 'p5')).deployment_id
);
select is(pg_temp.released('life'), 'rolled_back', 'and so does a rollback undo');

-- Rolling back does not make undone.
select pg_temp.ready('undone', 'staging');
select pg_temp.deploy('undone', 10, 'staging', 's1', 'failed');
select pg_temp.deploy('undone', 11, 'staging', 'r1', 'succeeded', '{"rollback_of_ref": "s1"}');
select is(pg_temp.state_of('undone', 's1'), 'rolled_back', 'a deployment that failed can be rolled back');
select is((pg_temp.deployment('undone', 's1')).g4_status::text, 'failed', 'and has failed all the same');
select is(pg_temp.stored('undone', 'G4'), 'failed', 'so G4 stays failed');
select is(pg_temp.eligible('undone', 'production'), false, 'and production closed');
select pg_temp.deploy('undone', 12, 'staging', 's2', 'succeeded');
select pg_temp.health('undone', 13, 'staging', 's2', 'pass');
select is(pg_temp.eligible('undone', 'production'), true, 'until a later deployment is healthy');

-- Forward only.
select pg_temp.ready('forward');
select pg_temp.deploy('forward', 10, 'production', 'p1', 'succeeded');
select is(
  pg_temp.deploy('forward', 20, 'production', 'p1', 'in_progress'), 'accepted',
  'a late report of an earlier state is accepted'
);
select is(pg_temp.state_of('forward', 'p1'), 'succeeded', 'and changes nothing');
select pg_temp.deploy('forward', 5, 'production', 'p1', 'failed');
select is(pg_temp.state_of('forward', 'p1'), 'succeeded', 'of two ends the one observed last stands');
select pg_temp.deploy('forward', 10, 'production', 'p1', 'failed');
select is(pg_temp.state_of('forward', 'p1'), 'failed', 'in a tie the worse one');
select throws_ok(
  $$ select pg_temp.directly('forward', 'p1', 'in_progress') $$, 'OPS08', null, 'directly, nothing goes back either'
);
select lives_ok($$ select pg_temp.directly('forward', 'p1', 'rolled_back') $$, 'it goes on');
select throws_ok(
  $$ select pg_temp.directly('forward', 'p1', 'succeeded') $$, 'OPS08', null, 'what was rolled back stays so'
);
select is(pg_temp.released('forward'), 'rolled_back', 'the release follows a direct change');
select is(
  pg_temp.deploy('forward', 30, 'production', 'p1', 'succeeded', '{"source_ref": "sha-2"}'), 'invalid_transition',
  'a known deployment does not change its source_ref'
);
select pg_temp.deploy('forward', 31, 'production', 'p2', 'in_progress');
select is(
  pg_temp.deploy('forward', 32, 'production', 'p2', 'succeeded', '{"rollback_of_ref": "p1"}'), 'invalid_transition',
  'nor turn into a rollback'
);
select is(
  pg_temp.deploy('forward', 32, 'production', 'p2', 'succeeded'), 'accepted', 'a report that agrees is accepted'
);

-- Every report is kept for replay.
select results_eq(
  $$ select r.status::text from ops.deployment_reports r
     where r.deployment_id = (pg_temp.deployment('forward', 'p1')).deployment_id order by r.report_id $$,
  array['succeeded', 'in_progress', 'failed', 'failed', 'rolled_back'],
  'every report is kept in the order in which it became known, and what was refused is not'
);
select is(
  (pg_temp.deployment('forward', 'p1')).deployed_at, pg_temp.minute(5),
  'a deployment was made at the earliest moment that any report names'
);
select throws_ok(
  $$ insert into ops.deployment_reports (release_id, deployment_id, status, observed_at)
     select d.release_id, d.deployment_id, 'succeeded', now() from pg_temp.deployment('forward', 'p1') as d $$,
  '42501', null, 'nobody writes the reports directly'
);

-- Who deploys.
select is(
  pg_temp.send_as('sre', 'sre-1', pg_temp.event(
    'deployment_event', 'forward', 40,
    '{"environment": "production", "deployment_ref": "p9", "status": "succeeded", "source_ref": "sha-1"}')),
  'accepted', 'an SRE reports a deployment'
);
select is((pg_temp.deployment('forward', 'p9')).deployed_by, 'sre-1', 'as their own');
select is(
  pg_temp.send_as('sre', 'sre-1', pg_temp.event(
    'deployment_event', 'forward', 41, '{"environment": "production", "deployment_ref": "p10", "status": "succeeded",
      "source_ref": "sha-1", "deployed_by": "somebody"}')),
  'forbidden_event', 'not as somebody else''s'
);
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.event(
    'deployment_event', 'forward', 42,
    '{"environment": "production", "deployment_ref": "p10", "status": "succeeded", "source_ref": "sha-1"}')),
  'forbidden_event', 'a tester does not deploy'
);

select finish();
rollback;
