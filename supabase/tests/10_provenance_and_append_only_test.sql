begin;
create extension if not exists pgtap with schema extensions;
select plan(135);

\ir helpers/functions.psql

-- Run a statement in replica mode, in which ordinary triggers do not fire. Returns `done`, or the code of the refusal.
-- Only a superuser, or a role to which one granted it, may switch to replica mode.
create function pg_temp.as_replica(statement text) returns text
language plpgsql as $$
begin
  perform set_config('session_replication_role', 'replica', true);
  execute statement;
  return 'done';
exception when insufficient_privilege then
  return sqlstate;
end
$$;

set local role service_role;
\ir helpers/members.psql

-- Functions of the owner, in any schema, are taken for functions of the schema. They cannot choose the moment either.
select pg_temp.ready('by definer');
set local role none;
create function public.record_check(created_at timestamptz) returns boolean
language sql security definer as $$
  insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status, observed_at, created_at)
  select g.release_id, g.gate_id, 'by definer', 'ci', 'pass', '2001-01-01 00:00:00+00', record_check.created_at
  from ops.release_gates g join ops.releases r using (release_id)
  where r.release_name = 'by definer' and g.gate_code = 'G1'
  returning created_at = (select r.recorded_until from ops.releases r where r.release_name = 'by definer')
$$;
set local role service_role;
select is(
  array(select public.record_check(t.moment) from unnest(
    array['2001-01-01 00:00:00+00', '-infinity', 'infinity', null, clock_timestamp() + interval '1 hour']::timestamptz[]
  ) as t (moment)),
  '{t,t,t,t,t}', 'a moment outside of the transaction is not taken from an insert'
);

-- The server sets created_at, created_by and created_role, whatever the insert says.
select pg_temp.ready('kept');
insert into ops.releases (
  project, release_name, environment_target, source_ref, initiating_actor, created_at, created_by, created_role
) values ('pgtap/project', 'forged', 'staging', 'sha-1', 'dev-1', '2001-01-01 00:00:00+00', 'forger', 'forger');
insert into ops.exceptions (
  release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at,
  created_at, created_by, created_role
) values (
  pg_temp.release('kept'), 'timing_override', '{G1}', 'why', 'risk', 'rm-1', clock_timestamp() + interval '1 hour',
  '2001-01-01 00:00:00+00', 'forger', 'forger'
);
insert into ops.deployments (
  release_id, environment, deployment_ref, source_ref, status, created_at, created_by, created_role
) values (
  pg_temp.release('kept'), 'staging', 's1', 'sha-1', 'succeeded', '2001-01-01 00:00:00+00', 'forger', 'forger'
);
insert into ops.gate_checks (
  release_id, gate_id, check_name, source_system, status, observed_at, created_at, created_by, created_role
) values (
  pg_temp.release('kept'), pg_temp.gate('kept', 'G1'), 'direct', 'manual', 'pass',
  '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'forger', 'forger'
);
insert into ops.approvals (
  release_id, approver_id, persona_role, decision, scope, rationale_structured, observed_at, created_at, created_by,
  created_role
) values (
  pg_temp.release('kept'), 'rm-1', 'release_manager', 'approved', 'release', '{"why": "known"}',
  '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'forger', 'forger'
);
insert into ops.evidence_artifacts (
  release_id, artifact_type, source_system, artifact_url, observed_at, created_at, created_by, created_role
) values (
  pg_temp.release('kept'), 'release_notes', 'manual', 'https://evidence.test/direct',
  '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'forger', 'forger'
);
insert into ops.environment_events (
  environment, event_type, source_system, idempotency_key, observed_at, created_at, created_by, created_role
) values (
  'staging', 'alert_fired', 'monitoring', 'direct/monitoring/1',
  '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'forger', 'forger'
);
insert into ops.event_ingest_log (
  processing_status, error_code, caller_role, received_at, created_at, created_by, created_role
) values (
  'rejected', 'invalid_json', 'forger', '2001-01-01 00:00:00+00', '2001-01-01 00:00:00+00', 'forger', 'forger'
);
insert into ops.incidents (deployment_id, severity, created_at, created_by, created_role)
values ((pg_temp.deployment('kept', 's1')).deployment_id, 'sev1', '2001-01-01 00:00:00+00', 'forger', 'forger');
insert into ops.recovery_drills (environment, drill_type, outcome, created_at, created_by, created_role)
values ('staging', 'restore', 'passed', '2001-01-01 00:00:00+00', 'forger', 'forger');
select is_empty(
  $$ with written (source, created_at, created_by, created_role) as (
       select 'releases', created_at, created_by, created_role from ops.releases
       union all select 'release_gates', created_at, created_by, created_role from ops.release_gates
       union all select 'exceptions', created_at, created_by, created_role from ops.exceptions
       union all select 'deployments', created_at, created_by, created_role from ops.deployments
       union all select 'deployment_reports', created_at, created_by, created_role from ops.deployment_reports
       union all select 'gate_checks', created_at, created_by, created_role from ops.gate_checks
       union all select 'approvals', created_at, created_by, created_role from ops.approvals
       union all select 'evidence_artifacts', created_at, created_by, created_role from ops.evidence_artifacts
       union all select 'environment_events', created_at, created_by, created_role from ops.environment_events
       union all select 'event_ingest_log', created_at, created_by, created_role from ops.event_ingest_log
       union all select 'incidents', created_at, created_by, created_role from ops.incidents
       union all select 'recovery_drills', created_at, created_by, created_role from ops.recovery_drills
       union all select 'members', created_at, created_by, created_role from ops.members
     )
     select * from written
     where created_by = 'forger' or created_role = 'forger' or created_at = '2001-01-01 00:00:00+00'
       or (created_at >= now() and (created_at > clock_timestamp() or created_by <> 'service_role'
         or created_role <> 'service_role')) $$,
  'the service role is stamped as itself, at the wall clock, whatever it sends'
);
select isnt(pg_temp.release('forged'), null, 'each table has one row of this test');
select results_eq(
  $$ select l.caller_role, l.received_at between now() and clock_timestamp()
     from ops.event_ingest_log l where l.error_code = 'invalid_json' and l.created_at >= now() $$,
  $$ values ('service_role', true) $$,
  'the server also sets the caller and the time of a refusal that is inserted into the log'
);
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.event(
    'gate_signoff', 'kept', 5, '{"decision": "approved", "approver_id": "qa-1", "persona_role": "qa_tester",
      "rationale_structured": {"by": "hand"}}', 'G2')),
  'accepted', 'a person writes through a function'
);
select results_eq(
  $$ select a.created_by, a.created_role from ops.approvals a
     where a.release_id = pg_temp.release('kept') and a.rationale_structured = '{"by": "hand"}' $$,
  $$ values ('qa-1', 'qa_tester') $$,
  'a person is stamped as themselves, not as the function''s owner'
);
select throws_ok(
  $$ select pg_temp.send_as(
    'ci_service_role', '  ', pg_temp.event('build_complete', 'kept', 5, '{"status": "pass"}')) $$,
  '42501', null, 'a caller without a subject may not write'
);
select is(
  pg_temp.send_as('ci_service_role', 'bot-1', pg_temp.event('build_complete', 'kept', 5, '{"status": "pass"}')),
  'accepted', 'a caller with a subject may write'
);

-- Only the ingest function sets observed_at.
select is_empty(
  $$ select c.observed_at from ops.gate_checks c
     where c.check_name = 'direct' and c.observed_at not between now() and clock_timestamp()
     union all
     select a.observed_at from ops.approvals a
     where a.scope = 'release' and a.observed_at not between now() and clock_timestamp()
     union all
     select e.observed_at from ops.evidence_artifacts e
     where e.artifact_url = 'https://evidence.test/direct' and e.observed_at not between now() and clock_timestamp()
     union all
     select v.observed_at from ops.environment_events v
     where v.idempotency_key = 'direct/monitoring/1' and v.observed_at not between now() and clock_timestamp()
     union all
     select d.status_observed_at from ops.deployments d
     where d.deployment_ref = 's1' and d.status_observed_at not between now() and clock_timestamp() $$,
  'observed_at of a direct insert is the wall clock'
);
select is(
  (
    select c.observed_at
    from ops.gate_checks as c
    where c.release_id = pg_temp.release('kept') and c.check_name = 'build'
    order by c.observed_at limit 1
  ),
  pg_temp.minute(1), 'observed_at of an event is when it was emitted'
);

-- Facts are append-only for the service role and for the owner.
select throws_ok(
  format(s.statement, t.name), '42501', null,
  format('service_role: %s on %s is refused', s.verb, t.name)
)
from unnest(array[
  'environment_events', 'event_ingest_log', 'gate_checks', 'approvals', 'evidence_artifacts', 'deployment_reports',
  'memberships', 'recovery_drills'
]) as t (name)
cross join (
  values ('UPDATE', 'update ops.%I set created_by = created_by'), ('DELETE', 'delete from ops.%I'),
    ('TRUNCATE', 'truncate ops.%I cascade')
) as s (verb, statement);
select throws_ok(
  $$ insert into ops.environment_events (environment, event_type, source_system, idempotency_key)
     values ('staging', 'alert_fired', 'monitoring', 'direct/monitoring/2')
     on conflict (idempotency_key) do update set event_type = excluded.event_type $$,
  '42501', null, 'an upsert is refused, even if it would only insert'
);
select lives_ok(
  $$ insert into ops.environment_events (environment, event_type, source_system, idempotency_key)
     values ('staging', 'alert_fired', 'monitoring', 'direct/monitoring/2')
     on conflict (idempotency_key) do nothing $$,
  'an insert that ignores existing rows is not refused'
);
select throws_ok(
  format('delete from ops.%I', t.name), '42501', null,
  format('service_role: DELETE on %s is refused', t.name)
)
from unnest(array[
  'releases', 'release_gates', 'exceptions', 'deployments', 'incidents',
  'gate_requirements', 'members'
]) as t (name);

set local role none;
select throws_ok(format(s.statement, t.name), '42501', null, format('owner: %s on %s is refused', s.verb, t.name))
from unnest(array[
  'environment_events', 'event_ingest_log', 'gate_checks', 'approvals', 'evidence_artifacts', 'deployment_reports',
  'memberships', 'recovery_drills'
]) as t (name)
cross join (
  values ('UPDATE', 'update ops.%I set created_by = created_by'), ('DELETE', 'delete from ops.%I'),
    ('empty UPDATE', 'update ops.%I set created_by = created_by where false'),
    ('TRUNCATE', 'truncate ops.%I cascade')
) as s (verb, statement);
select throws_ok(format(s.statement, t.name), '42501', null, format('owner: %s on %s is refused', s.verb, t.name))
from unnest(array[
  'releases', 'release_gates', 'exceptions', 'deployments', 'incidents',
  'gate_requirements', 'members'
]) as t (name)
cross join (values ('DELETE', 'delete from ops.%I'), ('TRUNCATE', 'truncate ops.%I cascade')) as s (verb, statement);
select is(
  pg_temp.as_replica('delete from ops.approvals'), '42501',
  'a session that switches triggers off cannot delete a decision'
);
select is(
  pg_temp.as_replica('update ops.gate_checks set created_by = created_by'), '42501',
  'a session that switches triggers off cannot change a check'
);
insert into ops.environment_events (
  environment, event_type, source_system, idempotency_key, observed_at, created_by, created_role
) values ('staging', 'alert_fired', 'monitoring', 'direct/monitoring/3', '2001-01-01 00:00:00+00', 'forger', 'forger');
select results_eq(
  $$ select v.created_by, v.created_role, v.observed_at > '2001-01-01'
     from ops.environment_events v where v.idempotency_key = 'direct/monitoring/3' $$,
  $$ select session_user::text collate "default", session_user::text collate "default" as role, true $$,
  'the owner is stamped as the session''s user'
);
set local role service_role;

-- What identifies a row does not change.
select throws_ok(format('update ops.releases set %s', c.change), 'OPS05', null, format('a release keeps: %s', c.change))
from unnest(array[
  'release_id = gen_random_uuid()', 'project = ''other/project''', 'release_name = release_name || ''x''',
  'environment_target = ''dev''', 'source_ref = ''sha-2''', 'initiating_actor = ''rm-1''', 'created_by = ''forger''',
  'created_role = ''forger''', 'created_at = now() - interval ''1 day''', 'scope_metadata = ''{"tickets": [1]}'''
]) as c (change);
select throws_ok(
  format('update ops.release_gates set %s', c.change), 'OPS05', null,
  format('a gate keeps: %s', c.change)
)
from unnest(array[
  'gate_id = gen_random_uuid()', 'release_id = pg_temp.release(''forged'')', 'gate_code = ''G4''',
  'gate_name = ''Build''', 'created_by = ''forger'''
]) as c (change);
select throws_ok(
  format('update ops.exceptions set %s', c.change), 'OPS05', null,
  format('an exception keeps: %s', c.change)
)
from unnest(array[
  'exception_id = gen_random_uuid()', 'release_id = pg_temp.release(''forged'')', 'exception_type = ''gate_bypass''',
  'impacted_gates = ''{G1,G2}''', 'reason = ''other''', 'risk_statement = ''other''', 'approver_id = ''rm-2''',
  'effective_from = effective_from + interval ''1 minute''', 'expires_at = expires_at + interval ''1 minute''',
  'compensating_controls = ''{"a": 1}''', 'created_by = ''forger'''
]) as c (change);
select throws_ok(
  format('update ops.deployments set %s', c.change), 'OPS05', null,
  format('a deployment keeps: %s', c.change)
)
from unnest(array[
  'deployment_id = gen_random_uuid()', 'release_id = pg_temp.release(''forged'')', 'environment = ''production''',
  'deployment_ref = ''s2''', 'source_ref = ''sha-2''', 'deployed_at = deployed_at - interval ''1 minute''',
  'deployed_by = ''forger''', 'rollback_of = deployment_id', 'was_eligible = not was_eligible',
  'blockers_at_deploy = ''[1]''',
  'created_by = ''forger'''
]) as c (change);
update ops.deployments set status_observed_at = '2001-01-01 00:00:00+00'
where deployment_ref = 's1';
select cmp_ok(
  (pg_temp.deployment('kept', 's1')).status_observed_at, '>=', now(), 'a deployment keeps when its status was observed'
);
select throws_ok(
  format('update ops.incidents set %s', c.change), 'OPS05', null,
  format('an incident keeps: %s', c.change)
)
from unnest(array['deployment_id = gen_random_uuid()', 'detected_at = now() - interval ''1 day''']) as c (change);
select lives_ok(
  $$ update ops.incidents set severity = 'sev2', resolved_at = clock_timestamp(), root_cause = 'known' $$,
  'the course of an incident may be recorded'
);
select throws_ok(
  $$ insert into ops.release_gates (release_id, gate_code) values (pg_temp.release('kept'), 'G1') $$,
  null, null, 'a gate exists once per release'
);
select throws_ok(
  $$ insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor)
     values ('pgtap/project', 'kept', 'staging', 'sha-1', 'dev-1') $$,
  '23505', null, 'a name is used once per project'
);

select finish();
rollback;
