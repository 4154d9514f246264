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
select is(pg_temp.released('life'), 'in_progress', 'a deployment in progress does not promote the release');
select pg_temp.deploy('life', 11, 'production', 'p1', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'a deployment that succeeded promotes the release');
select pg_temp.deploy('life', 20, 'production', 'p2', 'in_progress');
select is(pg_temp.released('life'), 'promoted', 'a newer deployment in progress leaves the release promoted');
select pg_temp.deploy('life', 21, 'production', 'p2', 'failed');
select is(pg_temp.released('life'), 'failed', 'a newer deployment that failed fails the release');
select pg_temp.deploy('life', 30, 'production', 'p3', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'a later deployment that succeeds promotes the release again');
select pg_temp.deploy('life', 15, 'production', 'p0', 'failed');
select is(
  pg_temp.released('life'), 'promoted', 'an older deployment that is reported later leaves the release promoted'
);
select pg_temp.ready('to staging', 'staging');
select pg_temp.deploy('to staging', 10, 'staging', 's1', 'succeeded');
select is(pg_temp.released('to staging'), 'promoted', 'a release for staging is promoted by a deployment to staging');
select pg_temp.deploy('to staging', 20, 'dev', 'd1', 'failed');
select is(
  pg_temp.released('to staging'), 'promoted', 'a deployment to another environment does not change the release'
);

-- A rollback is a deployment of its own that names the one it undoes.
select pg_temp.health('life', 31, 'production', 'p3', 'pass');
select pg_temp.deploy('life', 40, 'production', 'r1', 'in_progress', '{"rollback_of_ref": "p3"}');
select is(pg_temp.state_of('life', 'p3'), 'succeeded', 'a rollback in progress undoes nothing yet');
select is(pg_temp.stored('life', 'G4'), 'passed', 'a rollback in progress leaves G4 passed');
select results_eq(
  $$ select d.rollback_of = u.deployment_id, d.was_eligible, d.blockers_at_deploy
     from pg_temp.deployment('life', 'r1') d cross join pg_temp.deployment('life', 'p3') u $$,
  $$ values (true, null::boolean, null::jsonb) $$,
  'a rollback names the deployment it undoes, and has no eligibility'
);
select pg_temp.deploy('life', 41, 'production', 'r1', 'succeeded', '{"rollback_of_ref": "p3"}');
select is(
  pg_temp.state_of('life', 'p3'), 'rolled_back', 'a rollback that succeeds marks the other deployment rolled_back'
);
select is(pg_temp.state_of('life', 'r1'), 'succeeded', 'the rollback itself has the status succeeded');
select is(pg_temp.released('life'), 'rolled_back', 'a rollback that succeeds marks the release rolled_back');
select pg_temp.deploy('life', 42, 'production', 'p3', 'succeeded');
select is(pg_temp.state_of('life', 'p3'), 'rolled_back', 'a late report of success leaves a deployment rolled_back');
select pg_temp.deploy('life', 50, 'production', 'p4', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'a later deployment promotes a release that was rolled back');
select pg_temp.deploy('life', 60, 'production', 'r2', 'failed', '{"rollback_of_ref": "p4"}');
select is(pg_temp.state_of('life', 'p4'), 'succeeded', 'a rollback that failed undoes nothing');
select is(pg_temp.released('life'), 'promoted', 'a rollback that failed leaves the release promoted');
select is(
  pg_temp.deploy('life', 61, 'production', 'r3', 'succeeded', '{"rollback_of_ref": "unheard"}'), 'unknown_deployment',
  'a rollback of an unknown deployment is refused'
);
select is(
  pg_temp.deploy('life', 61, 'staging', 'r3', 'succeeded', '{"rollback_of_ref": "p4"}'), 'unknown_deployment',
  'a rollback of a deployment in another environment is refused'
);
select pg_temp.deploy('life', 70, 'production', 'p4', 'rolled_back');
select is(pg_temp.state_of('life', 'p4'), 'rolled_back', 'a deployment may be reported as rolled_back');
select is(
  pg_temp.released('life'), 'rolled_back', 'a deployment reported as rolled_back marks the release rolled_back'
);
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
values (pg_temp.release('life'), 'production', 'p5', 'sha-1', 'succeeded');
select is(pg_temp.released('life'), 'promoted', 'a deployment that is inserted directly promotes the release');
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, rollback_of)
values (
  pg_temp.release('life'), 'production', 'r5', 'sha-1', 'succeeded', (pg_temp.deployment('life', 'p5')).deployment_id
);
select is(
  pg_temp.released('life'), 'rolled_back', 'a rollback that is inserted directly marks the release rolled_back'
);

-- A rollback does not clear a failure.
select pg_temp.ready('undone', 'staging');
select pg_temp.deploy('undone', 10, 'staging', 's1', 'failed');
select pg_temp.deploy('undone', 11, 'staging', 'r1', 'succeeded', '{"rollback_of_ref": "s1"}');
select is(pg_temp.state_of('undone', 's1'), 'rolled_back', 'a deployment that failed can be rolled back');
select is(
  (pg_temp.deployment('undone', 's1')).g4_status::text, 'failed',
  'a failed deployment keeps g4_status failed after a rollback'
);
select is(pg_temp.stored('undone', 'G4'), 'failed', 'G4 stays failed after a rollback of a failed deployment');
select is(
  pg_temp.eligible('undone', 'production'), false, 'the release stays ineligible for production after that rollback'
);
select pg_temp.deploy('undone', 12, 'staging', 's2', 'succeeded');
select pg_temp.health('undone', 13, 'staging', 's2', 'pass');
select is(
  pg_temp.eligible('undone', 'production'), true, 'a later healthy deployment makes the release eligible for production'
);

-- A deployment's status only moves forward.
select pg_temp.ready('forward');
select pg_temp.deploy('forward', 10, 'production', 'p1', 'succeeded');
select is(
  pg_temp.deploy('forward', 20, 'production', 'p1', 'in_progress'), 'accepted',
  'a late report of an earlier state is accepted'
);
select is(
  pg_temp.state_of('forward', 'p1'), 'succeeded', 'a late report of an earlier state does not change the status'
);
select pg_temp.deploy('forward', 5, 'production', 'p1', 'failed');
select is(pg_temp.state_of('forward', 'p1'), 'succeeded', 'of two final states, the one observed last counts');
select pg_temp.deploy('forward', 10, 'production', 'p1', 'failed');
select is(
  pg_temp.state_of('forward', 'p1'), 'failed', 'of two final states observed at the same time, the worse counts'
);
select throws_ok(
  $$ select pg_temp.directly('forward', 'p1', 'in_progress') $$, 'OPS08', null,
  'a direct update cannot move a status back'
);
select lives_ok(
  $$ select pg_temp.directly('forward', 'p1', 'rolled_back') $$, 'a direct update can move a status forward'
);
select throws_ok(
  $$ select pg_temp.directly('forward', 'p1', 'succeeded') $$, 'OPS08', null,
  'a direct update cannot change the status rolled_back'
);
select is(pg_temp.released('forward'), 'rolled_back', 'the status of the release follows a direct update');
select is(
  pg_temp.deploy('forward', 30, 'production', 'p1', 'succeeded', '{"source_ref": "sha-2"}'), 'invalid_transition',
  'a known deployment does not change its source_ref'
);
select pg_temp.deploy('forward', 31, 'production', 'p2', 'in_progress');
select is(
  pg_temp.deploy('forward', 32, 'production', 'p2', 'succeeded', '{"rollback_of_ref": "p1"}'), 'invalid_transition',
  'a known deployment does not become a rollback'
);
select is(
  pg_temp.deploy('forward', 32, 'production', 'p2', 'succeeded'), 'accepted', 'a report that agrees is accepted'
);

-- Every report is kept for replay.
select results_eq(
  $$ select r.status::text from ops.deployment_reports r
     where r.deployment_id = (pg_temp.deployment('forward', 'p1')).deployment_id order by r.report_id $$,
  array['succeeded', 'in_progress', 'failed', 'failed', 'rolled_back'],
  'accepted reports are kept in the order of arrival, and refused ones are not kept'
);
select is(
  (pg_temp.deployment('forward', 'p1')).deployed_at, pg_temp.minute(5),
  'deployed_at is the earliest moment of any report'
);
select throws_ok(
  $$ insert into ops.deployment_reports (release_id, deployment_id, status, observed_at)
     select d.release_id, d.deployment_id, 'succeeded', now() from pg_temp.deployment('forward', 'p1') as d $$,
  '42501', null, 'the service role cannot insert into deployment_reports'
);

-- Who may report a deployment.
select is(
  pg_temp.send_as('sre', 'sre-1', pg_temp.event(
    'deployment_event', 'forward', 40,
    '{"environment": "production", "deployment_ref": "p9", "status": "succeeded", "source_ref": "sha-1"}')),
  'accepted', 'an SRE reports a deployment'
);
select is((pg_temp.deployment('forward', 'p9')).deployed_by, 'sre-1', 'deployed_by is the SRE who reported it');
select is(
  pg_temp.send_as('sre', 'sre-1', pg_temp.event(
    'deployment_event', 'forward', 41, '{"environment": "production", "deployment_ref": "p10", "status": "succeeded",
      "source_ref": "sha-1", "deployed_by": "somebody"}')),
  'forbidden_event', 'an SRE cannot name somebody else in deployed_by'
);
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.event(
    'deployment_event', 'forward', 42,
    '{"environment": "production", "deployment_ref": "p10", "status": "succeeded", "source_ref": "sha-1"}')),
  'forbidden_event', 'a tester cannot report a deployment'
);

select finish();
rollback;
