begin;
create extension if not exists pgtap with schema extensions;
select plan(39);

\ir helpers/functions.psql

create temp table compressed as
select jsonb_build_object('a', repeat('x', 5000000)) as document;
grant select on compressed to service_role;

set local role service_role;
\ir helpers/members.psql
select pg_temp.ready('one');
select pg_temp.deploy('one', 5, 'staging', 's1', 'succeeded');
select pg_temp.except_for('one', 'gate_bypass', '{G4}');

-- Sizes and shapes of rows that are inserted directly, not through the ingest function.
select throws_ok(
  format(
    'insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status, artifact_ref, metadata)
     values (%L, %L, %s, ''manual'', ''pass'', %s, %s)',
    pg_temp.release('one'), pg_temp.gate('one', 'G1'), t.check_name, t.artifact_ref, t.metadata
  ), '23514', null, t.description
)
from (
  values
  ('''   ''', 'null', '''{}''', 'a blank check name is refused'),
  ('repeat(''x'', 256)', 'null', '''{}''', 'a check name of more than 255 bytes is refused'),
  ('''size''', 'repeat(''x'', 8193)', '''{}''', 'a reference of more than 8 KiB is refused'),
  ('''size''', 'repeat(''é'', 4097)', '''{}''', 'sizes are counted in bytes'),
  ('''size''', 'null', 'jsonb_build_object(''a'', repeat(''x'', 262145))', 'metadata of more than 256 KiB is refused'),
  ('''size''', 'null', '''{"n": 1e130000}''', 'a number of 130,001 digits is refused'),
  ('''size''', 'null', '''{"a": [{"n": 9007199254740992}]}''',
    'a number that a double cannot hold is refused at any depth'),
  ('''size''', 'null', '''[]''', 'metadata that is not an object is refused')
) as t (check_name, artifact_ref, metadata, description);
select lives_ok(
  $$ insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status, artifact_ref, metadata)
     values (pg_temp.release('one'), pg_temp.gate('one', 'G1'), repeat('x', 255), 'manual', 'pass',
       repeat('x', 8192), jsonb_build_object('a', repeat('x', 200000))) $$,
  'a check just within the bounds is kept'
);
select throws_ok(
  $$ insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status, metadata)
     select pg_temp.release('one'), pg_temp.gate('one', 'G1'), 'size', 'manual', 'pass', c.document
     from compressed as c $$,
  '23514', null, 'metadata of more than 256 KiB is refused, also when it is stored compressed'
);
select throws_ok(
  format(
    'insert into ops.approvals (
       release_id, approver_id, persona_role, decision, scope, rationale_text, rationale_structured)
     values (%L, ''rm-1'', ''release_manager'', ''approved'', ''release'', %s, %s)',
    pg_temp.release('one'), t.words, t.structured
  ), '23514', null, t.description
)
from (
  values
  ('repeat(''x'', 8193)', '''{}''', 'a rationale of more than 8 KiB is refused'),
  ('null', '''"because"''', 'a structured rationale that is not an object is refused'),
  ('null', 'jsonb_build_object(''a'', repeat(''x'', 262145))', 'a rationale of more than 256 KiB is refused')
) as t (words, structured, description);
select throws_ok(
  format(
    'insert into ops.evidence_artifacts (release_id, artifact_type, source_system, artifact_url, sha256)
     values (%L, ''build_log'', ''manual'', %s, %s)', pg_temp.release('one'), t.url, t.digest
  ), '23514', null, t.description
)
from (
  values
  ('''  ''', 'null', 'a blank address is refused'),
  ('repeat(''x'', 8193)', 'null', 'an address of more than 8 KiB is refused'),
  ('''https://evidence.test/1''', 'repeat(''0'', 63)', 'a digest of 63 digits is refused'),
  ('''https://evidence.test/1''', 'repeat(''g'', 64)', 'a digest that is not hexadecimal is refused')
) as t (url, digest, description);
select lives_ok(
  $$ insert into ops.evidence_artifacts (release_id, artifact_type, source_system, artifact_url, sha256)
     values (pg_temp.release('one'), 'build_log', 'manual', 'https://evidence.test/capitals', repeat('AB', 32)) $$,
  'a digest in capitals is kept'
);
select results_eq(
  $$ select e.sha256 from ops.evidence_artifacts e where e.artifact_url = 'https://evidence.test/capitals' $$,
  array[repeat('ab', 32)], 'a digest is stored in lower case'
);
select throws_ok(
  format(
    'insert into ops.environment_events (environment, event_type, source_system, idempotency_key, payload)
     values (''dev'', %s, ''manual'', %s, %s)', t.type, t.key, t.payload
  ), '23514', null, t.description
)
from (
  values
  ('''Deploy Start''', '''direct/1/x''', '''{}''', 'an event type that is not a word is refused'),
  ('''deploy_start''', '''direct/''', '''{}''', 'a key of less than 8 characters is refused'),
  ('''deploy_start''', '''direct/ü/event''', '''{}''', 'a key with other than visible ASCII is refused'),
  ('''deploy_start''', '''direct/1/x''', '''[]''', 'a payload that is not an object is refused')
) as t (type, key, payload, description);
select throws_ok(
  format(
    'insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor, scope_metadata)
     values (%s, %s, ''dev'', %s, ''dev-1'', %s)', t.project, t.name, t.ref, t.scope
  ), '23514', null, t.description
)
from (
  values
  ('''pgtap/project''', '''''', '''r''', '''{}''', 'a blank release name is refused'),
  ('''pgtap/project''', '''n''', '''  ''', '''{}''', 'a blank source_ref is refused'),
  ('''pgtap/project''', 'repeat(''x'', 256)', '''r''', '''{}''', 'a release name of more than 255 bytes is refused'),
  ('''pgtap/project''', '''n''', '''r''', '''[]''', 'a scope that is not an object is refused')
) as t (project, name, ref, scope, description);

-- Times and states agree.
select throws_ok(
  format(
    'insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, deployed_at)
     values (%L, ''dev'', ''t1'', ''sha-1'', ''succeeded'', %s)', pg_temp.release('one'), t.moment
  ), '23514', null, t.description
)
from (
  values
  ('clock_timestamp() + interval ''6 minutes''', 'a deployment more than 5 minutes ahead is refused'),
  ('''infinity''', 'a deployment at infinity is refused'),
  ('''-infinity''', 'a deployment at minus infinity is refused')
) as t (moment, description);
select lives_ok(
  $$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, deployed_at)
     values (pg_temp.release('one'), 'dev', 't1', 'sha-1', 'succeeded', clock_timestamp() + interval '4 minutes') $$,
  'a deployment 4 minutes ahead is kept'
);
select throws_ok(
  $$ insert into ops.incidents (deployment_id, severity, detected_at, resolved_at)
     values ((pg_temp.deployment('one', 's1')).deployment_id, 'sev3', now(), now() - interval '1 second') $$,
  '23514', null, 'an incident does not end before it was detected'
);
select throws_ok(
  $$ insert into ops.incidents (deployment_id, severity, resolved_at)
     values ((pg_temp.deployment('one', 's1')).deployment_id, 'sev3', 'infinity') $$,
  '23514', null, 'an incident does not end at infinity'
);
select throws_ok(
  $$ insert into ops.incidents (deployment_id, severity, detected_at)
     values ((pg_temp.deployment('one', 's1')).deployment_id, 'sev3', clock_timestamp() + interval '6 minutes') $$,
  '23514', null, 'an incident is not detected in the future'
);
select lives_ok(
  $$ insert into ops.incidents (deployment_id, severity, detected_at, resolved_at)
     values ((pg_temp.deployment('one', 's1')).deployment_id, 'sev3', now() - interval '1 hour', now()) $$,
  'an incident that was detected and then resolved is kept'
);
select throws_ok(
  $$ insert into ops.recovery_drills (environment, drill_type, outcome, executed_at)
     values ('staging', 'restore', 'passed', clock_timestamp() + interval '6 minutes') $$,
  '23514', null, 'a drill in the future is refused'
);
select is_empty(
  $$ select g.gate_id from ops.release_gates g
     where (g.resolved_at is null) = (g.status in ('passed', 'failed', 'bypassed'))
       or (g.resolved_by is null) <> (g.resolved_at is null) or (g.entered_at is null) <> (g.status = 'pending')
       or (g.exception_id is null) = (g.status = 'bypassed') $$,
  'a gate is resolved exactly in a terminal state, by somebody, and excepted exactly when bypassed'
);
select pg_temp.same_rows(
  $$ select distinct g.status::text from ops.release_gates g where g.release_id = pg_temp.release('one') $$,
  $$ select unnest(array['passed', 'bypassed']) $$, 'gates in each of the states were seen'
);
select is_empty(
  $$ select d.deployment_id from ops.deployments d
     where (d.g4_status = 'pending') <> (d.g4_resolved_at is null)
       or (d.rollback_of is null) <> (d.was_eligible is not null)
       or (d.rollback_of is null) <> (d.blockers_at_deploy is not null) $$,
  'a deployment is resolved exactly when its health is known, and judged exactly when it is no rollback'
);

select finish();
rollback;
