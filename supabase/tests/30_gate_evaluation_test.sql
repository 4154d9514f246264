begin;
create extension if not exists pgtap with schema extensions;
select plan(42);

\ir helpers/functions.psql

set local role service_role;
\ir helpers/members.psql

-- The default policy.
select results_eq(
  $$ select gate_code::text, kind::text, subject::text collate "default", enforcement::text, min_count,
       not_initiator and one_gate
     from ops.gate_requirements where project is null and valid_to is null order by 1, 4 desc, 2, 3 $$,
  $$ values
    ('G1', 'check', 'build', 'blocking', 1, true),
    ('G1', 'no_failed_checks', null, 'blocking', 1, true),
    ('G1', 'evidence', 'build_log', 'advisory', 1, true),
    ('G2', 'approval', 'qa_tester', 'blocking', 1, true),
    ('G2', 'evidence', 'test_result|uat_summary', 'blocking', 1, true),
    ('G2', 'no_failed_checks', null, 'blocking', 1, true),
    ('G2', 'prior_gate', 'G1', 'blocking', 1, true),
    ('G3', 'approval', 'release_manager', 'blocking', 1, true),
    ('G3', 'evidence', 'rollback_plan', 'blocking', 1, true),
    ('G3', 'no_failed_checks', null, 'blocking', 1, true),
    ('G3', 'prior_gate', 'G2', 'blocking', 1, true),
    ('G3', 'evidence', 'release_notes', 'advisory', 1, true),
    ('G4', 'deployment_health', null, 'blocking', 1, true),
    ('G4', 'evidence', 'health_check', 'blocking', 1, true) $$,
  'the default requirements are those of the policy'
);
select throws_ok(
  $$ update ops.gate_requirements set min_count = 2 $$, '42501', null, 'the service role cannot edit requirements'
);

-- A new release.
select pg_temp.open('new');
select results_eq(
  $$ select gate_code::text, gate_name, status::text from ops.release_gates
     where release_id = pg_temp.release('new') order by gate_code $$,
  $$ values
    ('G1', 'Build Integrity', 'pending'), ('G2', 'Validation Readiness', 'pending'),
    ('G3', 'Promotion Readiness', 'pending'), ('G4', 'Post-Deploy Operational Confirmation', 'pending') $$,
  'a new release has four pending gates'
);
select is(pg_temp.eligible('new', 'dev'), true, 'a release may always go to dev');
select is(pg_temp.eligible('new', 'staging'), false, 'a new release may not go to staging');
select is(ops.evaluate_gate(pg_temp.gate('new', 'G1')), 'pending', 'a gate without facts is judged pending');
select results_eq(
  $$ select kind::text, subject::text collate "default", enforcement::text, state::text, who
     from ops.gate_findings(pg_temp.gate('new', 'G1')) $$,
  $$ values
    ('check', 'build', 'blocking', 'unsatisfied', 'ci_service_role'),
    ('no_failed_checks', null, 'blocking', 'satisfied', 'ci_service_role'),
    ('evidence', 'build_log', 'advisory', 'unsatisfied', 'ci_service_role') $$,
  'findings name the requirement, its state and who can meet it'
);

-- Four cases: all gates passed, G2 failed, G3 bypassed, and its exception expired.
select pg_temp.open('good');
select is(pg_temp.build('good', 1, 'pass'), 'accepted', 'a passing build is accepted');
select is(pg_temp.stored('good', 'G1'), 'passed', 'G1 passes without its advisory evidence');
select pg_temp.sign('good', 2, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.eligible('good', 'staging'), true, 'G1 and G2 passed → eligible = true for staging');
select is(pg_temp.eligible('good', 'production'), false, 'G3 open → eligible = false for production');
select pg_temp.sign('good', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.eligible('good', 'production'), true, 'All gates passed → eligible = true');
select is(
  array(select ops.evaluate_gate(pg_temp.gate('good', g.code)) from unnest(array['G1', 'G2', 'G3']) as g (code)),
  array['passed', 'passed', 'passed'],
  'All gates passed: evaluate_gate says so of G1, G2 and G3'
);

select pg_temp.open('rejected');
select pg_temp.build('rejected', 1, 'pass');
select pg_temp.sign('rejected', 2, 'G2', 'qa-1', 'rejected', 'test_result');
select pg_temp.sign('rejected', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(
  array(select pg_temp.eligible('rejected', t.target) from unnest(array['staging', 'production']) as t (target)),
  array[false, false],
  'G2 failed → eligible = false for staging and production'
);
select is(ops.evaluate_gate(pg_temp.gate('rejected', 'G2')), 'failed', 'G2 failed: evaluate_gate says so');
select is(
  ops.evaluate_gate(pg_temp.gate('rejected', 'G3')), 'in_progress',
  'G2 failed: G3 waits for it and is not failed itself'
);
select is(pg_temp.eligible('rejected', 'dev'), true, 'G2 failed → the release may still go to dev');

select pg_temp.open('bypassed');
select pg_temp.build('bypassed', 1, 'pass');
select pg_temp.sign('bypassed', 2, 'G2', 'qa-1', 'approved', 'uat_summary');
select is(pg_temp.eligible('bypassed', 'production'), false, 'G3 neither passed nor bypassed → eligible = false');
select pg_temp.except_for('bypassed', 'gate_bypass', '{G3}');
select is(
  pg_temp.eligible('bypassed', 'production'), true, 'G3 bypassed with active exception → eligible = true for production'
);
select is(
  ops.evaluate_gate(pg_temp.gate('bypassed', 'G3')), 'bypassed',
  'G3 bypassed with active exception: evaluate_gate says so'
);
select results_eq(
  $$ select g.exception_id from ops.release_gates g where g.gate_id = pg_temp.gate('bypassed', 'G3') $$,
  $$ select x.exception_id from ops.exceptions x where x.release_id = pg_temp.release('bypassed') $$,
  'a bypassed gate names its exception'
);

select pg_temp.open('expired');
select pg_temp.build('expired', 1, 'pass');
select pg_temp.sign('expired', 2, 'G2', 'qa-1', 'approved', 'uat_summary');
select pg_temp.except_for('expired', 'gate_bypass', '{G3}', lasts => '200 milliseconds');
select is(pg_temp.stored('expired', 'G3'), 'bypassed', 'the gate was bypassed while the exception was active');
select pg_temp.wait_until(x.expires_at)
from ops.exceptions as x
where x.release_id = pg_temp.release('expired');
select is(pg_temp.eligible('expired', 'production'), false, 'G3 bypassed with expired exception → eligible = false');
select is(
  pg_temp.stored('expired', 'G3'), 'bypassed', 'eligibility depends on the exception, not on the stored status'
);
select pg_temp.same_rows(
  $$ select distinct gate_code::text from ops.promotion_blockers(pg_temp.release('expired'), 'production') $$,
  $$ select 'G3' $$, 'G3 bypassed with expired exception: the blockers name G3'
);
select is(
  ops.evaluate_gate(pg_temp.gate('expired', 'G3')), 'pending',
  'G3 bypassed with expired exception: evaluate_gate puts it back to its own status'
);
select results_eq(
  $$ select ops.was_eligible_for_promotion(x.release_id, 'production', t.moment)
     from ops.exceptions x
     cross join lateral (values
       (1, x.created_at), (2, x.expires_at - interval '1 microsecond'), (3, x.expires_at)) as t (n, moment)
     where x.release_id = pg_temp.release('expired') order by t.n $$,
  array[true, true, false],
  'the exception counted from the moment it was recorded until just before its end'
);

-- Blockers exist exactly when a release is not eligible.
select is_empty(
  $$ select r.release_name, t.target
     from ops.releases r cross join (values ('dev'), ('staging'), ('production')) as t (target)
     where r.project = 'pgtap/project'
       and ops.is_eligible_for_promotion(r.release_id, t.target)
         is distinct from not exists (select from ops.promotion_blockers(r.release_id, t.target)) $$,
  'promotion_blockers is empty exactly when the release is eligible'
);
select is_empty(
  $$ select b from ops.releases r cross join lateral ops.promotion_blockers(r.release_id, 'production') as b
     where r.project = 'pgtap/project'
       and (b.gate_id is null or b.detail is null or b.remedy is null or b.who is null
            or b.state = 'satisfied' or b.enforcement <> 'blocking') $$,
  'every blocker is blocking and unmet, and has a gate, a detail, a remedy and a role'
);
select pg_temp.same_rows(
  $$ select gate_code::text, kind::text, state::text, who
     from ops.promotion_blockers(pg_temp.release('rejected'), 'production') $$,
  $$ values ('G2', 'approval', 'failed', 'qa_tester'), ('G2', 'evidence', 'unsatisfied', 'qa_tester'),
    ('G3', 'prior_gate', 'unsatisfied', 'qa_tester') $$,
  'blockers name the rejection, its evidence, which does not count, and the gate that waits for them'
);
select is_empty(
  $$ select g.gate_id from ops.release_gates g join ops.releases r on r.release_id = g.release_id
     where r.project = 'pgtap/project' and g.status::text <> ops.evaluate_gate(g.gate_id) $$,
  'every stored status is what evaluate_gate says'
);

-- An unknown release, target or gate is an error, not false.
select throws_ok(
  $$ select ops.is_eligible_for_promotion(gen_random_uuid(), 'staging') $$, 'OPS04', null,
  'an unknown release is an error'
);
select throws_ok(
  $$ select ops.is_eligible_for_promotion(null, 'dev') $$, 'OPS04', null, 'a null release is an error, never null'
);
select throws_ok($$ select pg_temp.eligible('good', 'prod') $$, '22023', null, 'an unknown target is an error');
select throws_ok($$ select pg_temp.eligible('good', null) $$, '22023', null, 'a null target is an error');
select throws_ok(
  $$ select ops.promotion_blockers(gen_random_uuid(), 'dev') $$, 'OPS04', null,
  'the blockers of an unknown release are an error, for dev too'
);
select throws_ok(
  $$ select ops.promotion_blockers(pg_temp.release('good'), 'Production') $$, '22023', null,
  'the blockers for an unknown target are an error'
);
select throws_ok(
  $$ select ops.evaluate_gate(gen_random_uuid()) $$, 'OPS04', null, 'an unknown gate cannot be evaluated'
);

-- Roles that may ask.
select is(
  pg_temp.as_person(
    'developer', 'dev-1', $$ select ops.is_eligible_for_promotion(%L, 'production') $$, pg_temp.release('good')::text
  ), 'true', 'a developer may ask whether a release is eligible'
);
select throws_ok(
  $$ select pg_temp.as_person(
    'developer', 'dev-1', 'select ops.evaluate_gate(%L)', pg_temp.gate('good', 'G1')::text) $$,
  '42501', null, 'a developer may not have a gate evaluated'
);
select is(
  pg_temp.as_person('release_manager', 'rm-1', 'select ops.evaluate_gate(%L)', pg_temp.gate('good', 'G1')::text),
  'passed', 'a release manager may have a gate evaluated'
);
select throws_ok(
  $$ select pg_temp.as_person(
    'authenticated', 'dev-1', 'select ops.evaluate_gate(%L)', pg_temp.gate('good', 'G1')::text) $$,
  '42501', null, 'a signed-in user without one of the roles may not have a gate evaluated'
);

select finish();
rollback;
