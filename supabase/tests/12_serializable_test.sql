begin;
set local transaction_isolation = 'serializable';
create extension if not exists pgtap with schema extensions;
select plan(8);

create function pg_temp.open(name text, target text default 'production', initiator text default 'dev-1') returns uuid
language sql as $$
  select ops.open_release('pgtap/project', name, target, 'sha-1', initiating_actor => initiator)
$$;

set local role service_role;
select ops.grant_membership(m.subject, m.role, m.handle)
from (values
  ('dev-1', 'developer', 'dev-handle'), ('qa-1', 'qa_tester', 'qa-handle'), ('qa-2', 'qa_tester', null),
  ('rm-1', 'release_manager', 'rm-handle'), ('rm-2', 'release_manager', null), ('sre-1', 'sre', null),
  ('bot-1', 'ci_service_role', null)
) as m (subject, role, handle);

-- A writer that judges by an old snapshot would judge by half of the facts.
select throws_ok(
  $$ select pg_temp.open('refused') $$, 'OPS03', null, 'a release cannot be opened at serializable'
);
select throws_ok(
  $$ insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor)
     values ('pgtap/project', 'refused', 'staging', 'sha-1', 'dev-1') $$,
  'OPS03', null, 'a release cannot be inserted at serializable'
);
select throws_ok(
  $$ insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
     values (gen_random_uuid(), gen_random_uuid(), 'build', 'manual', 'pass') $$,
  'OPS03', null, 'a check cannot be recorded at serializable'
);
select throws_ok(
  $$ insert into ops.approvals (release_id, approver_id, persona_role, decision, scope)
     values (gen_random_uuid(), 'rm-1', 'release_manager', 'approved', 'release') $$,
  'OPS03', null, 'a decision cannot be recorded at serializable'
);
select throws_ok(
  $$ insert into ops.evidence_artifacts (release_id, artifact_type, source_system, artifact_url)
     values (gen_random_uuid(), 'build_log', 'manual', 'https://evidence.test/1') $$,
  'OPS03', null, 'evidence cannot be linked to a release at serializable'
);
select throws_ok(
  $$ insert into ops.exceptions (
       release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
     values (gen_random_uuid(), 'gate_bypass', '{G1}', 'why', 'risk', 'rm-1', now() + interval '1 hour') $$,
  'OPS03', null, 'an exception cannot be recorded at serializable'
);
select throws_ok(
  $$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
     values (gen_random_uuid(), 'staging', 's1', 'sha-1', 'succeeded') $$,
  'OPS03', null, 'a deployment cannot be recorded at serializable'
);
select lives_ok(
  $$ insert into ops.evidence_artifacts (artifact_type, source_system, artifact_url)
     values ('reference', 'manual', 'https://evidence.test/1') $$,
  'what belongs to no release is recorded at any isolation level'
);

select finish();
rollback;
