begin;
create extension if not exists pgtap with schema extensions;
select plan(36);

\ir helpers/functions.psql

-- Each function makes one insert, with the columns that matter here.
create function pg_temp.add_check(of text, gate uuid, deployment uuid default null) returns void
language sql as $$
  insert into ops.gate_checks (release_id, gate_id, deployment_id, check_name, source_system, status)
  values (pg_temp.release(of), gate, deployment, 'linked', 'manual', 'pass')
$$;
create function pg_temp.add_approval(
  of text, scope text, gate uuid default null, exception uuid default null
) returns void
language sql as $$
  insert into ops.approvals (
    release_id, gate_id, exception_id, approver_id, persona_role, decision, scope, rationale_structured
  )
  values (
    pg_temp.release(of), gate, exception, 'rm-1', 'release_manager', 'approved', scope::ops.ops_approval_scope,
    '{"why": "known"}'
  )
$$;
create function pg_temp.add_evidence(
  of text, gate uuid default null, checked uuid default null, deployment uuid default null,
  type text default 'build_log'
) returns void
language sql as $$
  insert into ops.evidence_artifacts (
    release_id, gate_id, check_id, deployment_id, artifact_type, source_system, artifact_url
  )
  values (
    pg_temp.release(of), gate, checked, deployment, type::ops.ops_artifact_type, 'manual', 'https://evidence.test/1'
  )
$$;
create function pg_temp.add_rollback(of text, environment text, undone uuid) returns void
language sql as $$
  insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, rollback_of)
  values (
    pg_temp.release(of), environment::ops.ops_environment, gen_random_uuid(), 'sha-1', 'in_progress', undone
  )
$$;
create function pg_temp.a_check(of text) returns uuid
language sql stable as $$
  select c.check_id
  from ops.gate_checks c
  where c.gate_id = pg_temp.gate(of, 'G1') and c.check_name = 'build'
$$;
create function pg_temp.an_exception(of text) returns uuid
language sql stable as $$
  select x.exception_id
  from ops.exceptions x
  where x.release_id = pg_temp.release(of)
$$;
create function pg_temp.deployed(of text, ref text default 's1') returns uuid
language sql stable as $$
  select (pg_temp.deployment(of, ref)).deployment_id
$$;

set local role service_role;
\ir helpers/members.psql

-- Two releases that differ only in their names.
select pg_temp.ready(t.name) from unnest(array['one', 'two']) as t (name);
select pg_temp.deploy(t.name, 5, 'staging', 's1', 'succeeded') from unnest(array['one', 'two']) as t (name);
select pg_temp.deploy(t.name, 6, 'dev', 'd1', 'succeeded') from unnest(array['one', 'two']) as t (name);
select pg_temp.except_for(t.name, 'timing_override', '{G1}') from unnest(array['one', 'two']) as t (name);

-- Checks.
select throws_ok(
  $$ select pg_temp.add_check('one', pg_temp.gate('two', 'G1')) $$, '23503', null,
  'a check on a gate of another release is refused'
);
select lives_ok(
  $$ select pg_temp.add_check('one', pg_temp.gate('one', 'G1')) $$, 'a check on a gate of the same release is kept'
);
select throws_ok(
  $$ select pg_temp.add_check('one', pg_temp.gate('one', 'G4'), pg_temp.deployed('two')) $$, '23503', null,
  'a check on a deployment of another release is refused'
);
select throws_ok(
  $$ select pg_temp.add_check('one', pg_temp.gate('one', 'G4')) $$, '23514', null,
  'a check on G4 without a deployment is refused'
);
select throws_ok(
  $$ select pg_temp.add_check('one', pg_temp.gate('one', 'G1'), pg_temp.deployed('one')) $$, '23514', null,
  'a check on another gate with a deployment is refused'
);
select lives_ok(
  $$ select pg_temp.add_check('one', pg_temp.gate('one', 'G4'), pg_temp.deployed('one')) $$,
  'a check on G4 with a deployment of the same release is kept'
);
select throws_ok(
  $$ select pg_temp.add_check('one', null) $$, '23502', null, 'a check without a gate is refused'
);

-- Approvals.
select throws_ok(
  $$ select pg_temp.add_approval('one', 'gate', pg_temp.gate('two', 'G3')) $$, '23503', null,
  'a decision on a gate of another release is refused'
);
select lives_ok(
  $$ select pg_temp.add_approval('one', 'gate', pg_temp.gate('one', 'G3')) $$,
  'a decision on a gate of the same release is kept'
);
select throws_ok(
  $$ select pg_temp.add_approval('one', 'exception', exception => pg_temp.an_exception('two')) $$, '23503', null,
  'a decision on an exception of another release is refused'
);
select lives_ok(
  $$ select pg_temp.add_approval('one', 'exception', exception => pg_temp.an_exception('one')) $$,
  'a decision on an exception of the same release is kept'
);
select throws_ok(
  $$ select pg_temp.add_approval('one', 'gate') $$, '23514', null, 'a gate decision that names no gate is refused'
);
select throws_ok(
  $$ select pg_temp.add_approval('one', 'release', pg_temp.gate('one', 'G3')) $$, '23514', null,
  'a release decision that names a gate is refused'
);
select throws_ok(
  $$ select pg_temp.add_approval('one', 'exception') $$, '23514', null,
  'an exception decision that names no exception is refused'
);
select throws_ok(
  $$ select pg_temp.add_approval('one', 'gate', pg_temp.gate('one', 'G3'), pg_temp.an_exception('one')) $$,
  '23514', null, 'a gate decision that names an exception is refused'
);
select lives_ok($$ select pg_temp.add_approval('one', 'release') $$, 'a decision on the release as a whole is kept');

-- Evidence.
select throws_ok(
  $$ select pg_temp.add_evidence(null) $$, '23514', null, 'evidence that is linked to nothing is refused'
);
select lives_ok(
  $$ select pg_temp.add_evidence(null, type => t.name) from (values ('reference'), ('restore_drill')) as t (name) $$,
  'a reference or a restore drill needs no release'
);
select throws_ok(
  $$ select pg_temp.add_evidence(null, pg_temp.gate('one', 'G1')) $$, '23514', null,
  'evidence with a gate but no release is refused'
);
select throws_ok(
  $$ select pg_temp.add_evidence(null, type => 'reference', deployment => pg_temp.deployed('one')) $$, '23514', null,
  'a reference with a deployment but no release is refused'
);
select throws_ok(
  $$ select pg_temp.add_evidence(null, pg_temp.gate('one', 'G1'), pg_temp.a_check('one'), type => 'restore_drill') $$,
  '23514', null, 'a restore drill with a check but no release is refused'
);
select throws_ok(
  $$ select pg_temp.add_evidence('one', pg_temp.gate('two', 'G1')) $$, '23503', null,
  'evidence on a gate of another release is refused'
);
select throws_ok(
  $$ select pg_temp.add_evidence('one', pg_temp.gate('one', 'G1'), pg_temp.a_check('two')) $$, '23503', null,
  'evidence from a check of another release is refused'
);
select throws_ok(
  $$ select pg_temp.add_evidence('one', pg_temp.gate('one', 'G2'), pg_temp.a_check('one')) $$, '23503', null,
  'evidence from a check of another gate is refused'
);
select throws_ok(
  $$ select pg_temp.add_evidence('one', null, pg_temp.a_check('one')) $$, '23514', null,
  'evidence with a check but no gate is refused'
);
select throws_ok(
  $$ select pg_temp.add_evidence('one', deployment => pg_temp.deployed('two')) $$, '23503', null,
  'evidence on a deployment of another release is refused'
);
select lives_ok(
  $$ select pg_temp.add_evidence('one', pg_temp.gate('one', 'G1'), pg_temp.a_check('one'), pg_temp.deployed('one')) $$,
  'evidence whose links agree is kept'
);
select lives_ok($$ select pg_temp.add_evidence('one') $$, 'evidence on the release as a whole is kept');
select throws_ok(
  $$ insert into ops.evidence_artifacts (release_id, artifact_type, source_system, artifact_url)
     values (gen_random_uuid(), 'build_log', 'manual', 'https://evidence.test/1') $$,
  '23503', null, 'evidence of an unknown release is refused'
);

-- Deployments and gates.
select throws_ok(
  $$ select pg_temp.add_rollback('one', 'staging', pg_temp.deployed('two')) $$, '23503', null,
  'a rollback of another release''s deployment is refused'
);
select throws_ok(
  $$ select pg_temp.add_rollback('one', 'production', pg_temp.deployed('one')) $$, '23503', null,
  'a rollback of a deployment to another environment is refused'
);
select lives_ok(
  $$ select pg_temp.add_rollback('one', 'staging', pg_temp.deployed('one')) $$,
  'a rollback in the same release and environment is kept'
);
select throws_ok(
  $$ insert into ops.deployments (
       deployment_id, release_id, environment, deployment_ref, source_ref, status, rollback_of)
     select i.id, pg_temp.release('one'), 'staging', 'self', 'sha-1', 'in_progress', i.id
     from (values ('00000000-0000-4000-8000-000000000001'::uuid)) as i (id) $$,
  '23514', null, 'a deployment does not roll itself back'
);
select throws_ok(
  $$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
     values (pg_temp.release('one'), 'staging', 's1', 'sha-1', 'succeeded') $$,
  '23505', null, 'a deployment_ref is used once per release and environment'
);
select lives_ok(
  $$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
     values (pg_temp.release('one'), 'production', 's1', 'sha-1', 'succeeded') $$,
  'the same deployment_ref may be used in another environment'
);
select pg_temp.except_for(t.name, 'gate_bypass', '{G4}') from unnest(array['one', 'two']) as t (name);
select throws_ok(
  $$ update ops.release_gates set exception_id = (
       select x.exception_id from ops.exceptions x
       where x.release_id = pg_temp.release('two') and x.exception_type = 'gate_bypass')
     where gate_id = pg_temp.gate('one', 'G4') $$,
  'OPS01', null, 'a gate is not bypassed by an exception of another release'
);

select finish();
rollback;
