begin;
create extension if not exists pgtap with schema extensions;
select plan(79);

\ir helpers/functions.psql

set local role service_role;
\ir helpers/members.psql

-- From staging to production.
select pg_temp.ready('life');
select is(pg_temp.stored('life', 'G4'), 'pending', 'G4 is pending before anything is deployed');
select pg_temp.deploy('life', 10, 'staging', 's1', 'in_progress');
select is(pg_temp.stored('life', 'G4'), 'pending', 'a deployment in progress leaves G4 pending');
select pg_temp.deploy('life', 11, 'staging', 's1', 'succeeded');
select is((pg_temp.deployment('life', 's1')).status::text, 'succeeded', 'a deployment moves forward');
select is((pg_temp.deployment('life', 's1')).g4_status::text, 'pending', 'the health of a new deployment is pending');
select pg_temp.health('life', 12, 'staging', 's1', 'warning');
select is(pg_temp.stored('life', 'G4'), 'in_progress', 'a warning puts G4 in progress');
select pg_temp.health('life', 13, 'staging', 's1', 'pass');
select is(pg_temp.stored('life', 'G4'), 'passed', 'a passing health check passes G4');
select is(
  (pg_temp.deployment('life', 's1')).g4_status::text, 'passed',
  'a passing health check sets the deployment''s g4_status'
);
select isnt(
  (pg_temp.deployment('life', 's1')).g4_resolved_at, null,
  'a passing health check sets the deployment''s g4_resolved_at'
);
select is(pg_temp.released('life'), 'in_progress', 'a deployment to staging does not promote a release for production');
select pg_temp.deploy('life', 20, 'production', 'p1', 'in_progress');
select is(pg_temp.stored('life', 'G4'), 'pending', 'G4 is pending again when the production deployment is recorded');
select pg_temp.health('life', 21, 'production', 'p1', 'fail');
select is(pg_temp.stored('life', 'G4'), 'failed', 'a failing health check in production fails G4');
select is(
  pg_temp.eligible('life', 'production'), true,
  'a failure in production does not block the next deployment to production'
);
select pg_temp.health('life', 22, 'production', 'p1', 'pass', 'smoke');
select is(pg_temp.stored('life', 'G4'), 'failed', 'a passing check of another name leaves G4 failed');
select pg_temp.health('life', 23, 'production', 'p1', 'pass');
select is(
  pg_temp.stored('life', 'G4'), 'in_progress', 'a deployment in progress is not healthy, whatever its checks say'
);
select pg_temp.deploy('life', 24, 'production', 'p1', 'succeeded');
select is(pg_temp.stored('life', 'G4'), 'passed', 'a pass on a deployment in progress counts once it succeeded');
select is((pg_temp.deployment('life', 'p1')).g4_status::text, 'passed', 'and so does its g4_status');
select is(pg_temp.released('life'), 'promoted', 'a successful deployment to the target promotes the release');
select pg_temp.deploy('life', 30, 'staging', 's2', 'in_progress');
select is(pg_temp.stored('life', 'G4'), 'passed', 'a later deployment to staging does not re-open production''s G4');
select pg_temp.health('life', 31, 'staging', 's2', 'fail');
select is(pg_temp.stored('life', 'G4'), 'passed', 'a failed health check in staging leaves production''s G4 passed');
select is(
  pg_temp.eligible('life', 'production'), false,
  'a failed health check in staging makes the release ineligible for production'
);
select pg_temp.same_rows(
  $$ select gate_code::text, kind::text, state::text
     from ops.promotion_blockers(pg_temp.release('life'), 'production') $$,
  $$ values ('G4', 'deployment_health', 'failed') $$,
  'a failed health check in staging is the only blocker'
);
select is(
  pg_temp.eligible('life', 'staging'), true, 'a failed health check in staging leaves the release eligible for staging'
);

-- An earlier failure counts while a newer deployment is pending.
select pg_temp.deploy('life', 40, 'staging', 's3', 'in_progress');
select is(
  pg_temp.eligible('life', 'production'), false,
  'an earlier failure counts while a newer deployment is pending'
);
select pg_temp.health('life', 41, 'staging', 's3', 'warning');
select is(
  pg_temp.eligible('life', 'production'), false, 'a warning for the newer deployment does not clear the earlier failure'
);
select pg_temp.health('life', 42, 'staging', 's3', 'pass');
select pg_temp.deploy('life', 43, 'staging', 's3', 'succeeded');
select is(pg_temp.eligible('life', 'production'), true, 'a pass for the newer deployment clears the earlier failure');
select pg_temp.deploy('life', 50, 'staging', 's4', 'failed');
select is((pg_temp.deployment('life', 's4')).g4_status::text, 'failed', 'a failed deployment has the g4_status failed');
select is(pg_temp.eligible('life', 'production'), false, 'a failed deployment to staging blocks production');
select pg_temp.ready('standing');
select pg_temp.deploy('standing', 10, 'staging', 's1', 'failed');
select is(pg_temp.stored('standing', 'G4'), 'failed', 'a failed deployment fails G4');
select pg_temp.deploy('standing', 20, 'staging', 's2', 'succeeded');
select is(pg_temp.stored('standing', 'G4'), 'failed', 'G4 stays failed while a newer deployment is pending');
select pg_temp.health('standing', 21, 'staging', 's2', 'pass');
select is(pg_temp.stored('standing', 'G4'), 'passed', 'G4 passes when the newer deployment passes');
select pg_temp.deploy('standing', 30, 'staging', 's3', 'succeeded');
select is(pg_temp.stored('standing', 'G4'), 'pending', 'an earlier pass does not count for a newer deployment');

-- Evidence counts for the deployment that was checked only.
select pg_temp.ready('evidence');
select pg_temp.deploy('evidence', 10, 'staging', 's1', 'succeeded');
select pg_temp.health('evidence', 11, 'staging', 's1', 'pass');
select pg_temp.deploy('evidence', 20, 'staging', 's2', 'succeeded');
insert into ops.gate_checks (release_id, gate_id, deployment_id, check_name, source_system, status)
values (
  pg_temp.release('evidence'), pg_temp.gate('evidence', 'G4'), (pg_temp.deployment('evidence', 's2')).deployment_id,
  'health', 'monitoring', 'pass'
);
select is((pg_temp.deployment('evidence', 's2')).g4_status::text, 'passed', 'a check that is inserted directly counts');
select is(
  pg_temp.stored('evidence', 'G4'), 'in_progress', 'evidence of an earlier deployment does not count for the newer one'
);
select pg_temp.health('evidence', 21, 'staging', 's2', 'pass');
select is(pg_temp.stored('evidence', 'G4'), 'passed', 'evidence of the newer deployment passes G4');

-- The newest deployment is by (deployed_at, deployment_ref), not by arrival.
select pg_temp.ready('newest');
select pg_temp.deploy('newest', 20, 'staging', 's2', 'succeeded');
select pg_temp.health('newest', 21, 'staging', 's2', 'pass');
select pg_temp.deploy('newest', 10, 'staging', 's1', 'failed');
select is(
  pg_temp.stored('newest', 'G4'), 'passed',
  'a report of an older deployment that arrives later changes nothing'
);
select pg_temp.deploy('newest', 20, 'staging', 's3', 'succeeded');
select is(
  pg_temp.stored('newest', 'G4'), 'pending',
  'of two deployments at the same time, the greater deployment_ref is the newest'
);
select pg_temp.deploy('newest', 20, 'staging', 's1b', 'failed');
select is(
  pg_temp.stored('newest', 'G4'), 'pending',
  'of two deployments at the same time, the smaller deployment_ref is not the newest'
);
select pg_temp.deploy('newest', 60, 'dev', 'd1', 'failed');
select is(pg_temp.stored('newest', 'G4'), 'pending', 'G4 is about the furthest environment with a deployment');
select is(
  pg_temp.health('newest', 61, 'staging', 'unheard', 'pass'), 'unknown_deployment',
  'a health check of an unknown deployment is refused'
);
select is(
  pg_temp.send_as('sre', 'sre-1', pg_temp.event(
    'health_check', 'newest', 62,
    '{"environment": "staging", "deployment_ref": "s3", "status": "pass", "artifact_ref": "https://evidence.test/sre"}'
  ) || '{"source_system": "manual", "idempotency_key": "manual/sre-1/health_check/newest/62"}'),
  'accepted', 'an SRE sends a health check by hand'
);
select is(pg_temp.stored('newest', 'G4'), 'in_progress', 'a pass that an SRE sends by hand passes nothing');
select is(
  pg_temp.send_as('sre', 'sre-1', pg_temp.event(
    'health_check', 'newest', 63,
    '{"environment": "staging", "deployment_ref": "s3", "status": "pass", "artifact_ref": "https://evidence.test/sre"}'
  ) || '{"source_system": "monitoring", "idempotency_key": "monitoring/sre-1/health_check/newest/63"}'),
  'accepted', 'an SRE sends what monitoring shows'
);
select is(pg_temp.stored('newest', 'G4'), 'passed', 'what an SRE sends from monitoring passes G4');

-- A deployment that was not eligible is recorded and does not promote the release.
select pg_temp.open('rushed');
select is(pg_temp.released('rushed'), 'draft', 'a release is a draft before its first fact');
select pg_temp.build('rushed', 1, 'pass');
select is(pg_temp.released('rushed'), 'in_progress', 'a release is in progress after its first fact');
select pg_temp.deploy('rushed', 10, 'production', 'p1', 'succeeded');
select is(
  (pg_temp.deployment('rushed', 'p1')).was_eligible, false,
  'a deployment that was not eligible is recorded with was_eligible false'
);
select pg_temp.same_rows(
  $$ select b ->> 'gate_code' as gate_code, b ->> 'kind' as kind
     from jsonb_array_elements((pg_temp.deployment('rushed', 'p1')).blockers_at_deploy) as b $$,
  $$ values ('G2', 'approval'), ('G2', 'evidence'), ('G3', 'approval'), ('G3', 'evidence'), ('G3', 'prior_gate') $$,
  'a deployment that was not eligible keeps the blockers of that moment'
);
select is(pg_temp.released('rushed'), 'in_progress', 'a deployment that was not eligible does not promote the release');
select pg_temp.sign('rushed', 11, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('rushed', 12, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.eligible('rushed', 'production'), true, 'the release becomes eligible later');
select pg_temp.deploy('rushed', 13, 'production', 'p1', 'succeeded');
select is(
  (pg_temp.deployment('rushed', 'p1')).was_eligible, false,
  'a later report does not change was_eligible'
);
select is(
  pg_temp.released('rushed'), 'in_progress',
  'a later report does not promote a release by a deployment that was not eligible'
);
select pg_temp.deploy('rushed', 20, 'production', 'p2', 'in_progress');
select is(
  (pg_temp.deployment('rushed', 'p2')).was_eligible, true,
  'a new deployment is judged when it is first reported in progress'
);
select is((pg_temp.deployment('rushed', 'p2')).blockers_at_deploy, '[]', 'an eligible deployment has no blockers');
select pg_temp.sign('rushed', 21, 'G3', 'rm-1', 'rejected');
select pg_temp.deploy('rushed', 22, 'production', 'p2', 'succeeded');
select is(
  pg_temp.released('rushed'), 'in_progress',
  'a deployment that was eligible when it began does not promote after an objection'
);
select is(
  (pg_temp.deployment('rushed', 'p2')).was_eligible, false, 'it was not eligible when it was reported succeeded'
);
select is(
  (pg_temp.deployment('rushed', 'p2')).blockers_at_deploy #>> '{0,gate_code}', 'G3', 'its blockers are of that moment'
);
select pg_temp.sign('rushed', 120, 'G3', 'rm-1', 'approved');
select pg_temp.deploy('rushed', 24, 'production', 'p3', 'failed');
select is((pg_temp.deployment('rushed', 'p3')).was_eligible, null, 'a deployment first reported failed is not judged');
select pg_temp.deploy('rushed', 25, 'production', 'p3', 'succeeded');
select is((pg_temp.deployment('rushed', 'p3')).was_eligible, true, 'it is judged when it succeeds');
select is(pg_temp.released('rushed'), 'promoted', 'it promotes the release');
select pg_temp.deploy('rushed', 30, 'production', 'p4', 'in_progress');
select pg_temp.deploy('rushed', 33, 'production', 'p4', 'failed');
select pg_temp.sign('rushed', 34, 'G3', 'rm-1', 'rejected');
select pg_temp.deploy('rushed', 32, 'production', 'p4', 'succeeded');
select is(
  (pg_temp.deployment('rushed', 'p4')).was_eligible, true,
  'a report of success that a newer failure supersedes is not judged'
);
select pg_temp.ready('other ref');
select pg_temp.deploy('other ref', 10, 'production', 'p1', 'succeeded', '{"source_ref": "sha-2"}');
select is(
  (pg_temp.deployment('other ref', 'p1')).was_eligible, false,
  'a deployment of another source_ref was not eligible'
);
select pg_temp.same_rows(
  $$ select b ->> 'kind'
     from jsonb_array_elements((pg_temp.deployment('other ref', 'p1')).blockers_at_deploy) as b $$,
  $$ select unnest(array['source_ref_mismatch']) $$, 'the blocker is source_ref_mismatch'
);
select is(
  pg_temp.released('other ref'), 'in_progress', 'a deployment of another source_ref does not promote the release'
);
select pg_temp.deploy('other ref', 10, 'dev', 'd1', 'succeeded', '{"source_ref": "sha-2"}');
select is(
  (pg_temp.deployment('other ref', 'd1')).was_eligible, false,
  'a deployment of another source_ref to dev was not eligible'
);
select pg_temp.deploy('other ref', 10, 'dev', 'd2', 'succeeded');
select is(
  (pg_temp.deployment('other ref', 'd2')).was_eligible, true,
  'a deployment of the release''s source_ref to dev was eligible'
);

-- No exception covers another source_ref.
select pg_temp.ready('other ref excepted');
select pg_temp.except_for('other ref excepted', 'gate_bypass', '{G1,G2,G3,G4}');
select pg_temp.deploy('other ref excepted', 120, e.name, 'x1', 'succeeded', '{"source_ref": "sha-2"}')
from unnest(array['dev', 'staging', 'production']) as e (name);
select is(
  array(
    select concat_ws(' ', d.was_eligible, d.blockers_at_deploy #>> '{0,kind}', jsonb_array_length(d.blockers_at_deploy))
    from ops.deployments as d
    where d.release_id = pg_temp.release('other ref excepted')
  ), array_fill('f source_ref_mismatch 1'::text, '{3}'),
  'a bypass of every gate does not cover source_ref_mismatch, in any environment'
);

-- It must be eligible each time that it is judged.
select pg_temp.open('too soon');
select pg_temp.deploy('too soon', 10, 'production', 'p1', 'in_progress');
select pg_temp.build('too soon', 11, 'pass');
select pg_temp.sign('too soon', 12, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('too soon', 13, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.eligible('too soon', 'production'), true, 'the release is eligible when the deployment succeeds');
select pg_temp.deploy('too soon', 14, 'production', 'p1', 'succeeded');
select is((pg_temp.deployment('too soon', 'p1')).was_eligible, false, 'it was not when the deployment began');
select is(
  (pg_temp.deployment('too soon', 'p1')).blockers_at_deploy #>> '{0,gate_code}', 'G1', 'the first blockers stay'
);
select is(pg_temp.released('too soon'), 'in_progress', 'such a deployment does not promote the release');

-- deployed_at is at most an hour before the report.
select pg_temp.ready('hour');
select is(
  pg_temp.deploy(
    'hour', 110, 'dev', t.ref, 'succeeded', jsonb_build_object('deployed_at', pg_temp.minute(110) - t.age)),
  t.answer, format('deployed %s before it was observed', t.age)
)
from (values
  ('d1', interval '1 hour', 'accepted'), ('d2', interval '1 hour 1 second', 'invalid_payload'),
  ('d3', interval '0', 'accepted'), ('d4', interval '-4 minutes', 'accepted')
) as t (ref, age, answer);
select is(
  (pg_temp.deployment('hour', 'd4')).deployed_at, pg_temp.minute(110), 'deployed_at is never after the observation'
);
select pg_temp.deploy('hour', 105, 'dev', 'd1', 'in_progress', '{"deployed_by": "early-bird"}');
select is(
  array[(pg_temp.deployment('hour', 'd1')).deployed_at::text, (pg_temp.deployment('hour', 'd1')).deployed_by],
  array[pg_temp.minute(105)::text, 'early-bird'],
  'deployed_at and deployed_by are of the report that was observed first'
);

-- Rows of one insert are judged by those before them.
select pg_temp.ready('bulk');
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
values
(pg_temp.release('bulk'), 'staging', 's1', 'sha-1', 'failed'),
(pg_temp.release('bulk'), 'production', 'p1', 'sha-1', 'succeeded');
select is((pg_temp.deployment('bulk', 'p1')).was_eligible, false, 'a failure in the same insert blocks production');
select is(pg_temp.released('bulk'), 'in_progress', 'and does not promote the release');
select throws_ok(
  format($$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, deployed_at)
    values (%L, 'staging', 's9', 'sha-1', 'succeeded', now() - interval '2 hours') $$, pg_temp.release('bulk')),
  '23514', 'deployed_at is more than 1 hour ago', 'a deployment of two hours ago is refused without its row'
);

select finish();
rollback;
