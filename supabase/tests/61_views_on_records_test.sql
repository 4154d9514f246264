begin;
create extension if not exists pgtap with schema extensions;
select plan(16);

\ir helpers/functions.psql

set local role service_role;
\ir helpers/members.psql

-- v_evidence_completeness: the evidence that a gate requires, and which of it is present.
select columns_are(
  'ops', 'v_evidence_completeness', array[
    'release_id', 'project', 'release_name', 'gate_id', 'gate_code', 'required', 'present', 'missing', 'evidence',
    'gap', 'imported'
  ], 'v_evidence_completeness has these columns'
);
select pg_temp.open('bare');
select results_eq(
  $$ select project, release_name::text collate "default", gate_id, gate_code::text, required, present, missing,
       evidence, gap
     from ops.v_evidence_completeness where release_id = pg_temp.release('bare') order by gate_code $$,
  $$ select 'pgtap/project', 'bare', pg_temp.gate('bare', t.code), t.code, t.required, '{}'::text[], t.required,
       0::bigint, t.gap
     from (values
       ('G1', array['build_log'], false), ('G2', array['test_result|uat_summary'], true),
       ('G3', array['release_notes', 'rollback_plan'], true), ('G4', array['health_check'], true)
     ) as t (code, required, gap) $$,
  'without facts all evidence is missing, and blocking evidence is a gap'
);
select pg_temp.open('supplied');
select pg_temp.build('supplied', 1, 'pass', '{"evidence": [
  {"artifact_type": "build_log", "artifact_url": "https://evidence.test/1"},
  {"artifact_type": "reference", "artifact_url": "https://evidence.test/2"}]}');
select pg_temp.sign('supplied', 2, 'G2', 'qa-1', 'approved', 'uat_summary');
select pg_temp.sign('supplied', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select pg_temp.deploy('supplied', 10, 'staging', 's1', 'succeeded');
select pg_temp.health('supplied', 11, 'staging', 's1', 'pass');
select results_eq(
  $$ select gate_code::text, required, present, missing, evidence, gap
     from ops.v_evidence_completeness where release_id = pg_temp.release('supplied') order by gate_code $$,
  $$ values
    ('G1', array['build_log'], array['build_log'], '{}'::text[], 2::bigint, false),
    ('G2', array['test_result|uat_summary'], array['test_result|uat_summary'], '{}', 1, false),
    ('G3', array['release_notes', 'rollback_plan'], array['rollback_plan'], array['release_notes'], 1, false),
    ('G4', array['health_check'], array['health_check'], '{}', 1, false) $$,
  'one alternative is enough, advisory evidence is no gap, and evidence that is not required is counted'
);
select pg_temp.open('misplaced');
select pg_temp.sign('misplaced', 1, 'G2', 'qa-1', 'approved', 'rollback_plan');
select results_eq(
  $$ select gate_code::text, present, evidence, gap from ops.v_evidence_completeness
     where release_id = pg_temp.release('misplaced') and gate_code in ('G2', 'G3') order by gate_code $$,
  $$ values ('G2', '{}'::text[], 1::bigint, true), ('G3', '{}', 0, true) $$,
  'evidence counts only for the gate to which it is attached'
);
select pg_temp.set_policy('G2', '[
  {"kind": "evidence", "subject": "test_result", "min_count": 2},
  {"kind": "evidence", "subject": "uat_summary", "enforcement": "advisory"}]', 'pgtap/project');
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"}]', 'pgtap/project');
select pg_temp.open('override');
select ops.open_release('pgtap/other', 'elsewhere', 'production', 'sha-1', initiating_actor => 'dev-1');
select pg_temp.sign('override', 1, 'G2', 'qa-1', 'approved', 'test_result');
select results_eq(
  $$ select release_name::text collate "default", gate_code::text, required, missing, evidence, gap
     from ops.v_evidence_completeness
     where (release_name in ('bare', 'override') and project = 'pgtap/project' or project = 'pgtap/other')
       and gate_code in ('G2', 'G3')
     order by release_name, gate_code $$,
  $$ values
    ('bare', 'G2', array['test_result|uat_summary'], array['test_result|uat_summary'], 0::bigint, true),
    ('bare', 'G3', array['release_notes', 'rollback_plan'], array['release_notes', 'rollback_plan'], 0, true),
    ('elsewhere', 'G2', array['test_result|uat_summary'], array['test_result|uat_summary'], 0, true),
    ('elsewhere', 'G3', array['release_notes', 'rollback_plan'], array['release_notes', 'rollback_plan'], 0, true),
    ('override', 'G2', array['test_result', 'uat_summary'], array['test_result', 'uat_summary'], 1, true),
    ('override', 'G3', '{}', '{}', 0, false) $$,
  'a project''s own policy replaces the default for releases that are opened later'
);
select pg_temp.answered(pg_temp.event('gate_signoff', 'override', 2, '{"decision": "approved", "approver_id": "qa-1",
  "rationale_structured": {"criteria": "met"}, "persona_role": "qa_tester",
  "evidence": [{"artifact_type": "test_result", "artifact_url": "https://evidence.test/2"}]}', 'G2'));
select results_eq(
  $$ select present, missing, gap from ops.v_evidence_completeness where gate_id = pg_temp.gate('override', 'G2') $$,
  $$ values (array['test_result'], array['uat_summary'], false) $$, 'the policy''s number of artifacts is needed'
);
select is_empty(
  $$ select v.release_name, v.gate_code from ops.v_evidence_completeness v
     where v.gap is distinct from exists (
       select from ops.gate_findings(v.gate_id) as f
       where f.kind = 'evidence' and f.enforcement = 'blocking' and f.state <> 'satisfied') $$,
  'there is a gap exactly when a blocking evidence finding is unsatisfied'
);

-- Exceptions.
select columns_are(
  'ops', 'v_exception_status', array[
    'exception_id', 'release_id', 'project', 'release_name', 'exception_type', 'impacted_gates', 'reason',
    'approver_id', 'effective_from', 'expires_at', 'revoked_at', 'revoked_by', 'state', 'time_left',
    'post_review_status', 'reviewed_at', 'reviewed_by', 'authorises', 'approvals', 'approvals_needed', 'objection',
    'missing', 'review_pending', 'alone'
  ], 'v_exception_status has these columns'
);
select pg_temp.open(t.name)
from unnest(array['active', 'upcoming', 'short', 'reviewed', 'waived', 'revoked', 'never', 'late']) as t (name);
select pg_temp.except_for('active', 'gate_bypass', '{G1,G2}');
select pg_temp.except_for('upcoming', 'timing_override', '{G3}', starts => clock_timestamp() + interval '1 hour');
select pg_temp.except_for(t.name, 'evidence_waiver', '{G2}', lasts => '200 milliseconds')
from unnest(array['short', 'reviewed', 'waived', 'late']) as t (name);
select pg_temp.except_for('revoked', 'gate_bypass', '{G4}', approver => 'rm-2');
select pg_temp.except_for('never', 'gate_bypass', '{G1}', starts => clock_timestamp() + interval '1 hour');
update ops.exceptions set revoked_at = now()
where release_id = any(array[pg_temp.release('revoked'), pg_temp.release('never')]);
select pg_temp.wait_until(max(x.expires_at))
from ops.exceptions as x
where x.exception_type = 'evidence_waiver';
update ops.exceptions set post_review_status = 'complete'
where release_id = pg_temp.release('reviewed');
update ops.exceptions set post_review_status = 'waived'
where release_id = pg_temp.release('waived');
update ops.exceptions set revoked_at = now()
where release_id = pg_temp.release('late');
select results_eq(
  $$ select release_name::text collate "default", exception_type::text, impacted_gates::text, approver_id,
       state, post_review_status::text,
       review_pending, time_left > interval '0', revoked_at is null, revoked_by
     from ops.v_exception_status where project = 'pgtap/project' order by release_name $$,
  $$ values
    ('active', 'gate_bypass', '{G1,G2}', 'rm-1', 'active', 'pending', false, true, true, null),
    ('late', 'evidence_waiver', '{G2}', 'rm-1', 'revoked', 'pending', true, false, false, 'service_role'),
    ('never', 'gate_bypass', '{G1}', 'rm-1', 'revoked', 'pending', false, false, false, 'service_role'),
    ('reviewed', 'evidence_waiver', '{G2}', 'rm-1', 'expired', 'complete', false, false, true, null),
    ('revoked', 'gate_bypass', '{G4}', 'rm-2', 'revoked', 'pending', true, false, false, 'service_role'),
    ('short', 'evidence_waiver', '{G2}', 'rm-1', 'expired', 'pending', true, false, true, null),
    ('upcoming', 'timing_override', '{G3}', 'rm-1', 'upcoming', 'pending', false, true, true, null),
    ('waived', 'evidence_waiver', '{G2}', 'rm-1', 'expired', 'waived', false, false, true, null) $$,
  'an exception is active, upcoming, expired or revoked, and its review is due after its end'
);
select results_eq(
  $$ select release_name::text collate "default", time_left > t.least, time_left <= t.most from ops.v_exception_status
     join (values
       ('active', interval '59 minutes', interval '1 hour'), ('upcoming', interval '119 minutes', interval '2 hours'),
       ('short', interval '-1 second', interval '0'), ('revoked', interval '-1 second', interval '0')
     ) as t (name, least, most) on release_name = t.name order by release_name $$,
  $$ select t.name, true, true from unnest(array['active', 'revoked', 'short', 'upcoming']) as t (name) $$,
  'the time left runs to the end of the exception, and is null after it'
);
set local role none; -- who may call what the view asks
select results_eq(
  $$ select exception_id, release_id, reason::text, effective_from, expires_at, revoked_at, state = 'active'
     from ops.v_exception_status where project = 'pgtap/project' order by exception_id $$,
  $$ select x.exception_id, x.release_id, 'hotfix', x.effective_from, x.expires_at, x.revoked_at,
       ops_private.is_active(x, clock_timestamp())
     from ops.exceptions x join ops.releases r on r.release_id = x.release_id
     where r.project = 'pgtap/project' order by x.exception_id $$,
  'the other columns are those of the exception, and active ones count for gates'
);
set local role service_role;

-- Deployments and rollbacks.
select columns_are(
  'ops', 'v_deployment_history', array[
    'release_id', 'project', 'release_name', 'deployment_id', 'environment', 'target', 'deployment_ref', 'deployed_at',
    'deployed_by', 'source_ref', 'status', 'status_observed_at', 'rollback_of', 'rollback_of_ref', 'rollback_known',
    'artifacts', 'g4_status', 'g4_resolved_at', 'was_eligible', 'why_not_eligible', 'excepted_by', 'target_retired_at',
    'retired_failed', 'imported'
  ], 'v_deployment_history has these columns'
);
select pg_temp.set_policy(t.code, '[]', 'pgtap/project') from unnest(array['G2', 'G3']) as t (code);
select pg_temp.ready('life');
select pg_temp.deploy('life', 10, 'staging', 's1', 'succeeded');
select pg_temp.health('life', 11, 'staging', 's1', 'pass');
select pg_temp.deploy('life', 20, 'production', 'p1', 'in_progress');
select pg_temp.deploy('life', 21, 'production', 'p1', 'succeeded');
select pg_temp.health('life', 22, 'production', 'p1', 'fail');
select pg_temp.ran_before('sha-0', 'production');
select pg_temp.deploy('life', 30, 'production', 'r1', 'succeeded', '{"rollback_of_ref": "p1", "source_ref": "sha-0"}');
select pg_temp.deploy('life', 39, 'production', 'p2', 'in_progress', '{"source_ref": "sha-2"}');
select pg_temp.deploy('life', 40, 'production', 'p2', 'failed', '{"source_ref": "sha-2"}');
select pg_temp.open('rushed');
select pg_temp.deploy('rushed', 15, 'production', 'p1', 'in_progress');
select results_eq(
  $$ select release_name::text collate "default", environment::text, deployment_ref::text collate "default",
       deployed_at, deployed_by collate "default", source_ref::text collate "default",
       status::text, status_observed_at, rollback_of_ref::text collate "default", g4_status::text,
       g4_resolved_at is null, was_eligible, why_not_eligible is null
     from ops.v_deployment_history where release_name in ('life', 'rushed') and project = 'pgtap/project'
     order by deployed_at, deployment_ref $$,
  $$ select t.name, t.environment, t.ref, pg_temp.minute(t.made), 'service_role', t.source_ref, t.status,
       pg_temp.minute(t.seen), t.undoes, t.health, t.health = 'pending', t.eligible, t.eligible is not false
     from (values
       ('life', 'staging', 's1', 10, 'sha-1', 'succeeded', 10, null, 'passed', true),
       ('rushed', 'production', 'p1', 15, 'sha-1', 'in_progress', 15, null, 'pending', false),
       ('life', 'production', 'p1', 20, 'sha-1', 'rolled_back', 30, null, 'failed', true),
       ('life', 'production', 'r1', 30, 'sha-0', 'succeeded', 30, 'p1', 'pending', null),
       ('life', 'production', 'p2', 39, 'sha-2', 'failed', 40, null, 'failed', false)
     ) as t (name, environment, ref, made, source_ref, status, seen, undoes, health, eligible) $$,
  'a deployment has its environment, time, status, health, rollback and eligibility'
);
select results_eq(
  $$ select v.release_id, v.deployment_id, v.rollback_of, v.g4_resolved_at, v.why_not_eligible
     from ops.v_deployment_history v where v.project = 'pgtap/project' order by v.deployment_id $$,
  $$ select d.release_id, d.deployment_id, u.deployment_id, d.g4_resolved_at, (
       select string_agg(b ->> 'requirement', '; ') from jsonb_array_elements(d.blockers_at_deploy) as b)
     from ops.deployments d left join ops.deployments u on u.deployment_id = d.rollback_of
     join ops.releases r on r.release_id = d.release_id
     where r.project = 'pgtap/project' order by d.deployment_id $$,
  'a rollback names the deployment it undoes, and blockers are those of the deployment''s moment'
);
select results_eq(
  $$ select cardinality(string_to_array(v.why_not_eligible, '; ')) from ops.v_deployment_history v
     where v.project = 'pgtap/project' and not v.was_eligible order by v.deployed_at $$,
  $$ select unnest(array[7, 1]) $$,
  'every blocker of that moment is named, and the source_ref mismatch'
);
select pg_temp.build('rushed', 50, 'pass');
select pg_temp.sign('rushed', 51, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('rushed', 52, 'G3', 'rm-1', 'approved', 'rollback_plan');
select results_eq(
  $$ select was_eligible, why_not_eligible is null from ops.v_deployment_history
     where release_id = pg_temp.release('rushed') $$,
  $$ values (false, false) $$, 'evidence that is supplied later does not change the history'
);

select finish();
rollback;
