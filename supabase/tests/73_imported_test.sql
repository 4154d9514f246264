begin;
create extension if not exists pgtap with schema extensions;
select plan(94);

\ir helpers/functions.psql

-- Import the release `name`, by the secret key, on behalf of dev-1.
create function pg_temp.import(name text, source text default 'sha-1') returns uuid
language sql as $$
  select ops.import_release('pgtap/project', name, 'production', source, initiating_actor => 'dev-1')
$$;
-- An event of `type` about the release `name`, as a producer of the present would send it.
create function pg_temp.of_type(type text, name text) returns jsonb
language sql volatile as $$
  select pg_temp.event(type, name, 10, case type
    when 'build_complete' then '{"status": "pass"}'
    when 'gate_signoff' then '{"decision": "approved", "approver_id": "qa-1", "persona_role": "qa_tester",
      "rationale_structured": {"why": "known"}}'
    when 'deployment_event' then '{"environment": "dev", "deployment_ref": "of-type", "status": "succeeded",
      "source_ref": "sha-1"}'
    when 'health_check' then '{"environment": "production", "deployment_ref": "p1", "status": "pass",
      "artifact_ref": "https://evidence.test/health"}'
    else '{"environment": "dev", "event_type": "certificate_renewed"}' end::jsonb,
    case type when 'gate_signoff' then 'G2' end)
$$;
create function pg_temp.past(event jsonb, mark jsonb default 'true') returns text
language sql as $$
  select pg_temp.answered(event || jsonb_build_object('imported', mark))
$$;
create function pg_temp.past_of(
    name text, type text, minute numeric, payload jsonb, gate text default null
) returns text
language sql as $$
  select pg_temp.past(pg_temp.event(type, name, minute, payload, gate))
$$;
-- Record that the release `name` of the past was built, approved, deployed to production and found healthy.
create function pg_temp.ran(name text, ref text, minute numeric, source text default 'sha-1') returns text
language sql as $$
  select concat_ws(',',
    pg_temp.past_of(name, 'build_complete', 1, '{"status": "pass", "artifacts": [{"name": "image", "sha256": '
      '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}'),
    pg_temp.past_of(name, 'gate_signoff', 2, '{"decision": "approved", "approver_id": "qa-1", "persona_role": '
      '"qa_tester", "rationale_structured": {"why": "known"}, "evidence": [{"artifact_type": "test_result", '
      '"artifact_url": "https://evidence.test/1"}]}', 'G2'),
    pg_temp.past_of(name, 'gate_signoff', 3, '{"decision": "approved", "approver_id": "rm-1", "persona_role": '
      '"release_manager", "rationale_structured": {"why": "known"}, "evidence": [{"artifact_type": '
      '"rollback_plan", "artifact_url": "https://evidence.test/2"}]}', 'G3'),
    pg_temp.past_of(name, 'deployment_event', minute, jsonb_build_object('environment', 'production',
      'deployment_ref', ref, 'status', 'succeeded', 'source_ref', source)),
    pg_temp.past_of(name, 'health_check', minute + 1, jsonb_build_object('environment', 'production',
      'deployment_ref', ref, 'status', 'pass', 'artifact_ref', 'https://evidence.test/health')))
$$;
-- Write one row about the release `name` directly. Raises what the table raises.
create function pg_temp.write(name text, what text) returns void
language plpgsql as $$
begin
  case what
    when 'approval' then
      insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
      values (pg_temp.release(name), pg_temp.gate(name, 'G2'), 'qa-1', 'qa_tester', 'rejected', 'gate',
        '{"why": "known"}');
    when 'exception' then
      perform pg_temp.except_for(name, 'gate_bypass', '{G1}');
    when 'deployment' then
      insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
      values (pg_temp.release(name), 'dev', gen_random_uuid()::text, 'sha-1', 'succeeded');
    when 'evidence' then
      insert into ops.evidence_artifacts (release_id, artifact_type, source_system, artifact_url)
      values (pg_temp.release(name), 'reference', 'manual', 'https://evidence.test/1');
    when 'status' then
      update ops.deployments set status = 'rolled_back' where release_id = pg_temp.release(name);
    else
      insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
      values (pg_temp.release(name), pg_temp.gate(name, 'G1'), 'build', 'ci', 'fail');
  end case;
end
$$;
create function pg_temp.goes(name text) returns boolean[]
language sql as $$
  select array(select pg_temp.eligible(name, t) from unnest(array['dev', 'staging', 'production']) as t)
$$;
create function pg_temp.gates(name text) returns text
language sql as $$
  select array_to_string(r.gate_statuses, ' ') from ops.releases r where r.release_id = pg_temp.release(name)
$$;
-- What the views of decisions say of the release `name`: whether it is of the past.
create function pg_temp.marks(name text) returns boolean[]
language sql as $$
  select array[
    (select bool_or(v.imported) from ops.v_release_gate_summary as v where v.release_id = r.id),
    (select bool_or(v.imported) from ops.v_promotion_eligibility as v where v.release_id = r.id),
    (select bool_or(v.imported) from ops.v_evidence_completeness as v where v.release_id = r.id),
    (select bool_or(v.imported) from ops.v_deployment_history as v where v.release_id = r.id)
  ] from pg_temp.release(name) as r (id)
$$;
-- The kinds of advice on the release `name` for production.
create function pg_temp.advised(name text) returns text[]
language sql as $$
  select array(
    select a.kind::text from ops.promotion_advice(pg_temp.release(name), 'production') as a order by 1)
$$;
-- What is asked across releases, of the project alone.
create function pg_temp.across() returns jsonb
language sql as $$
  select jsonb_build_object(
    'live', (select jsonb_agg(to_jsonb(v) order by v.environment, v.target) from ops.v_live as v
      where v.project = 'pgtap/project'),
    'waiting', (select jsonb_agg(to_jsonb(v) - 'age' order by v.gate_id) from ops.v_waiting as v
      where v.project = 'pgtap/project'),
    'metrics', (select jsonb_agg(to_jsonb(v) order by v.month) from ops.v_delivery_metrics as v
      where v.project = 'pgtap/project'),
    'durations', (select jsonb_agg(to_jsonb(v) order by v.month, v.gate_code) from ops.v_gate_durations as v
      where v.project = 'pgtap/project'),
    'releases', (select jsonb_agg(to_jsonb(m)) from ops.my_releases() as m),
    'inbox', ops.inbox() - 'asked_at',
    'notices', (select jsonb_agg(to_jsonb(n) order by n.place) from ops.notices as n),
    'impact', to_jsonb(ops.policy_impact('G2', '[{"kind": "prior_gate", "subject": "G1"},
      {"kind": "approval", "subject": "qa_tester"}, {"kind": "check", "subject": "lint"}]', 'pgtap/project')),
    'impact everywhere', to_jsonb(ops.policy_impact('G2', '[{"kind": "check", "subject": "lint"}]')))
$$;

set local role service_role;
\ir helpers/members.psql

-- A release of the past is closed from its birth.
select isnt(pg_temp.import('past'), null, 'the secret key imports a release');
select is(
  (select concat_ws(' ', r.status, r.close_reason, r.closed_by, r.closed_at = r.created_at,
    r.imported_at = r.created_at, r.name_freed)
  from ops.releases as r
  where r.release_id = pg_temp.release('past')),
  'draft imported service_role t t t', 'it is closed at the moment of its birth'
);
select is(pg_temp.goes('past'), '{f,f,f}', 'it goes nowhere');
select pg_temp.same_rows(
  $$ select t.name, b.kind::text, b.subject
     from unnest(array['dev', 'staging', 'production']) as t (name)
     cross join ops.promotion_blockers(pg_temp.release('past'), t.name) as b $$,
  $$ select t.name, 'release_closed', 'imported' from unnest(array['dev', 'staging', 'production']) as t (name) $$,
  'that it is imported is its one blocker'
);
select is(pg_temp.import('past'), pg_temp.release('past'), 'the same again is the same release');
select is(
  ops.import_release('PGTAP/project', 'past', 'dev', 'sha-1', '{"a": 1}', 'qa-1'), pg_temp.release('past'),
  'whatever the other arguments say'
);
select throws_ok($$ select pg_temp.import('past', 'sha-2') $$, 'OPS09', null, 'another commit is another release');
select isnt(
  pg_temp.as_person('release_manager', 'rm-1',
    $$ select ops.import_release('pgtap/project', 'by rm-1', 'production', 'sha-1') $$),
  null, 'a release manager imports one'
);
select throws_ok(
  format($$ select pg_temp.as_person(%L, %L,
    'select ops.import_release(''pgtap/project'', ''no'', ''production'', ''sha-1'', initiating_actor => ''dev-1'')') $$,
    t.role, t.who), '42501', null, format('a %s does not', t.role)
)
from (
  values ('ci_service_role', 'bot-1'), ('qa_tester', 'qa-1'), ('sre', 'sre-1'), ('developer', 'dev-1'),
  ('audit_reader', 'audit-1')
) as t (role, who);

select ops.grant_membership('two-hats', t.role, t.project, null, 'rm-1', 'a test')
from (values ('developer', 'pgtap/project'), ('release_manager', 'pgtap/other')) as t (role, project);
select throws_ok(
  $$ select pg_temp.as_person('release_manager', 'two-hats',
    'select ops.import_release(''pgtap/project'', ''no'', ''production'', ''sha-1'')') $$,
  '42501', null, 'nor does a release manager of another project'
);

-- Its name is free for releases of the present, and theirs for it.
select pg_temp.import('named');
select isnt(
  ops.open_release('pgtap/project', 'named', 'production', 'sha-2', initiating_actor => 'dev-1'),
  pg_temp.import('named'), 'a release of the present may have its name, and another commit'
);
select pg_temp.open('first');
select isnt(pg_temp.import('first', 'sha-3'), null, 'it may have the name of an open release');

-- Nothing but the function makes one, and nothing undoes it.
select pg_temp.open('open');
select throws_ok(
  $$ insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor, imported_at)
     values ('pgtap/project', 'written', 'production', 'sha-1', 'dev-1', now()) $$,
  'OPS02', null, 'service_role writes none'
);
select throws_ok(format($$ update ops.releases set %s where release_id = %L $$, t.what, pg_temp.release(t.name)),
  'OPS05', null, format('service_role does not set %s', t.what))
from (
  values ('imported_at = null', 'past'), ('imported_at = null, closed_at = null, closed_by = null, close_reason = null',
  'past'), ('imported_at = created_at', 'open'), ('close_reason = ''cancelled''', 'past')
) as t (what, name);
select throws_ok(
  $$ select pg_temp.as_person('release_manager', 'rm-2',
    format('select ops.close_release(%L, ''cancelled'')', pg_temp.release('past'))) $$, 'OPS12', null,
  'it is closed already'
);
select throws_ok(
  $$ select pg_temp.as_person('release_manager', 'rm-2',
    format('select ops.close_release(%L, ''imported'')', pg_temp.release('past'))) $$, '22023', null,
  'nobody closes a release as imported'
);
reset role;
select throws_ok(
  $$ insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor, imported_at)
     values ('pgtap/project', 'written', 'production', 'sha-1', 'dev-1', now()) $$,
  'OPS02', null, 'the owner writes none'
);
select throws_ok(
  $$ update ops.releases set imported_at = null, closed_at = null, closed_by = null, close_reason = null,
       name_freed = false
     where release_id = pg_temp.release('past') $$, 'OPS05', null, 'the owner does not open it'
);
select throws_ok(
  $$ update ops.releases set imported_at = created_at where release_id = pg_temp.release('open') $$, 'OPS05', null,
  'the owner does not mark an open one'
);
set local role service_role;

-- What is asked across releases knows nothing of it. A target asks for every notice.
select ops.set_notice_target('pgtap/project', 'all', 'webhook', 'OPS_NOTICE_ALL', null, 'rm-1', 'a test');
select pg_temp.ready('present');
select pg_temp.deploy('present', 10, 'production', 'a1', 'succeeded');
select pg_temp.health('present', 11, 'production', 'a1', 'pass');
select pg_temp.deploy('present', 30, 'production', 'a2', 'failed');
select pg_temp.open('waits');
select set_config('pgtap.across', pg_temp.across()::text, true);

select is(
  pg_temp.ran('past', 'p1', 60), 'accepted,accepted,accepted,accepted,accepted', 'it takes events that say imported'
);
select is(pg_temp.gates('past'), 'pending pending pending pending', 'its gates are not judged at each event');
set constraints all immediate;
select is(
  pg_temp.gates('past'), 'passed passed passed passed', 'when the transaction ends they are what the facts said'
);
-- Whatever the caller has set: each event defers its judging, or its facts would come too late for it.
select pg_temp.import('at once');
select pg_temp.ran('at once', 'at once', 60);
select is(pg_temp.gates('at once'), 'pending pending pending pending', 'an event is never judged before its facts');
select throws_ok(
  $$ select 1 / (pg_temp.past_of('at once', 'build_complete', 63, '{"status": "fail"}') <> 'accepted')::integer $$,
  '22012', null, 'an event is rolled back'
);
set constraints all immediate;
select is(pg_temp.gates('at once'), 'passed passed passed passed', 'what is rolled back takes no judging along');
select pg_temp.past_of('at once', 'build_complete', 64, '{"status": "fail"}');
select pg_temp.past_of('past', 'build_complete', 59, '{"status": "fail"}');
set constraints all immediate;
select is(
  array[split_part(pg_temp.gates('at once'), ' ', 1), split_part(pg_temp.gates('past'), ' ', 1)], '{failed,failed}',
  'each release of a transaction is judged'
);
select is(
  (select array[pg_temp.past(e), pg_temp.past(e)]
  from pg_temp.event('gate_signoff', 'at once', 65, '{"decision": "approved", "approver_id": "qa-1",
    "persona_role": "qa_tester", "rationale_structured": {"why": "known"}}', 'G2') as e),
  '{accepted,duplicate}', 'a sign-off that is sent again is a duplicate'
);
select is(pg_temp.goes('past'), '{f,f,f}', 'and still it goes nowhere');
select is(pg_temp.released('past'), 'in_progress', 'nor was it promoted here');
select is(
  (select array_agg(ops.was_eligible_for_promotion(r.release_id, t.name, m.moment) order by t.name, m.moment)
  from ops.releases as r cross join unnest(array['dev', 'production']) as t (name)
  cross join unnest(array[r.created_at, r.recorded_until, clock_timestamp()]) as m (moment)
  where r.release_id = pg_temp.release('past')), '{f,f,f,f,f,f}', 'replay says the same of each moment'
);
select is(
  (select ops.gate_status_at(pg_temp.gate('past', 'G4'), r.recorded_until) from ops.releases as r
  where r.release_id = pg_temp.release('past')), 'passed', 'replay knows its gates'
);
select is(
  (select concat_ws(' ', d.imported, d.was_eligible is null, d.g4_status) from ops.deployments as d
  where d.release_id = pg_temp.release('past')), 't t passed', 'its deployment is marked, and judged for nothing'
);
select is(pg_temp.marks('past'), '{t,t,t,t}', 'the views of decisions mark it');
select is(pg_temp.marks('present'), '{f,f,f,f}', 'and nothing of the present');
select is(
  pg_temp.past_of('past', 'deployment_event', 61, '{"environment": "production", "deployment_ref": "p2",
    "status": "failed", "source_ref": "sha-1"}'), 'accepted', 'a failure of the past is recorded'
);
select is(
  pg_temp.past_of('past', 'deployment_event', 62, '{"environment": "production", "deployment_ref": "u1",
    "status": "succeeded", "source_ref": "sha-1", "rollback_of_ref": "p2"}'), 'accepted', 'and a rollback'
);
select is(
  pg_temp.past_of('past', 'build_complete', 63, '{"status": "fail"}'), 'accepted', 'and a build that failed'
);
select is(
  pg_temp.past_of('past', 'build_complete', 64, '{"status": "fail", "check_name": "lint", "artifact_ref": 7}'),
  'rejected invalid_payload', 'a stop of the past that is refused'
);
select is(
  (select count(*)::integer from ops.contested_reports as c
where c.release_id = pg_temp.release('past')), 1,
  'is contested there'
);
select pg_temp.import('old', 'sha-0');
select pg_temp.past_of('old', 'deployment_event', 4, '{"environment": "production", "deployment_ref": "o0",
  "status": "failed", "source_ref": "sha-0"}');
select is(
  pg_temp.ran('old', 'o1', 5, 'sha-0'), 'accepted,accepted,accepted,accepted,accepted', 'another commit that ran before'
);
select is(pg_temp.across(), current_setting('pgtap.across')::jsonb, 'nothing else has changed by all this');
insert into ops.incidents (deployment_id, severity, detected_at, resolved_at)
values ((pg_temp.deployment('old', 'o1')).deployment_id, 'sev3', pg_temp.minute(6), pg_temp.minute(7));
select is(
  pg_temp.across() -> 'metrics', current_setting('pgtap.across')::jsonb -> 'metrics',
  'nor have the measures by an incident of the past'
);
select is(
  (select array_agg(m.release_name order by m.release_name) from ops.my_releases('{"status": "closed"}') as m),
  '{"at once","by rm-1",first,named,old,past}', 'they are in the page of what is closed'
);
select ops.grant_membership('dev-2', 'developer', 'pgtap/project', null, 'rm-1', 'a test');
select is(
  pg_temp.as_person('developer', 'dev-2', $$ select array_agg(m.release_name order by m.release_name)
    from ops.my_releases() as m $$), '{first,named,open,present,waits}',
  'and in no other page, of a member of one project neither'
);
select throws_ok(
  $$ select pg_temp.as_person('release_manager', 'rm-2',
    'select ops.retire_target(''pgtap/project'', ''staging'', ''past'', ''it moved'')') $$, 'OPS04', null,
  'no target is taken out of the past'
)
from pg_temp.past_of('past', 'deployment_event', 65, '{"environment": "staging", "deployment_ref": "s1",
  "status": "succeeded", "source_ref": "sha-1", "target": "past"}') as said
where said = 'accepted';

-- A rollback goes back to nothing of the past, and a stop of it stops no release of the same commit.
select pg_temp.ran('by rm-1', 'elsewhere', 5, 'sha-9');
select pg_temp.deploy('present', 70, 'production', 'back', 'succeeded',
  '{"rollback_of_ref": "a1", "source_ref": "sha-9"}');
select is(
  (pg_temp.deployment('present', 'back')).rollback_known, false, 'a rollback to a commit of the past goes to nothing'
);
select pg_temp.ran_before('sha-0', 'production');
select pg_temp.past_of('old', 'deployment_event', 50, '{"environment": "production", "deployment_ref": "o2",
  "status": "succeeded", "source_ref": "sha-0"}');
select pg_temp.deploy('present', 72, 'production', 'b1', 'succeeded');
select pg_temp.deploy('present', 73, 'production', 'back again', 'succeeded',
  '{"rollback_of_ref": "b1", "source_ref": "sha-0"}');
select is(
  (select concat_ws(' ', v.deployment_ref, v.release_name) from ops.v_live as v
  where v.project = 'pgtap/project' and v.environment = 'production'),
  'back again before sha-0 production default', 'a rollback goes back to what ran, and not to what is said of the past'
);
select is(pg_temp.advised('waits'), '{moving_ref}', 'a failure of the past stops nothing elsewhere');
select pg_temp.open('stopped');
select pg_temp.build('stopped', 80, 'fail');
select is(pg_temp.advised('waits'), '{moving_ref,objected_elsewhere}', 'one of the present does');

-- A deployment has the mark of its release, whatever its writer says.
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, imported)
values (pg_temp.release('present'), 'dev', 'said', 'sha-1', 'succeeded', true);
select is((pg_temp.deployment('present', 'said')).imported, false, 'nobody writes one of the present as imported');
select throws_ok(
  $$ update ops.deployments set imported = true where release_id = pg_temp.release('present') $$, 'OPS05', null,
  'nor makes it one'
);

-- The mark and the release agree, or the event is refused.
select is(
  pg_temp.answered(pg_temp.of_type(t.type, 'past')), 'rejected release_closed',
  format('a %s without the mark is refused there', t.type)
)
from unnest(array[
  'build_complete', 'gate_signoff', 'deployment_event', 'health_check', 'environment_event']) as t (type);
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'past', 90, '{"status": "fail"}')), 'rejected release_closed',
  'a failure without the mark too'
);
select pg_temp.open('closed');
select pg_temp.as_person('release_manager', 'rm-2',
  format('select ops.close_release(%L, ''superseded'')', pg_temp.release('closed')));
select is(
  pg_temp.past(pg_temp.of_type(t.type, 'closed')),
  'rejected release_not_imported',
  format('a %s of the past, of a closed release', t.type)
)
from unnest(array['build_complete', 'gate_signoff', 'deployment_event', 'health_check']) as t (type);
select is(
  pg_temp.past(pg_temp.of_type(t.type, 'present')),
  'rejected release_not_imported',
  format('a %s of the past, of an open one', t.type)
)
from unnest(array['build_complete', 'gate_signoff', 'deployment_event', 'health_check']) as t (type);
select is(pg_temp.goes('waits'), '{t,f,f}', 'it counts for nothing there');
select is(
  pg_temp.past(pg_temp.of_type('environment_event', t.name)), 'rejected invalid_envelope',
  'an environment event is about no past'
)
from unnest(array['past', 'present']) as t (name);
select is(
  pg_temp.past(pg_temp.of_type('build_complete', t.name), t.mark::jsonb), 'rejected invalid_envelope',
  format('%s is no mark, of the %s', t.mark, t.name)
)
from (
  values ('"true"', 'past'),
  ('1', 'past'),
  ('"true"', 'present'),
  ('1', 'present'),
  ('[]', 'present'),
  ('{}', 'present')
) as t (mark, name);
select is(
  pg_temp.past(pg_temp.of_type('build_complete', 'present'), t.mark::jsonb),
  'accepted',
  format('%s says nothing', t.mark)
)
from unnest(array['false', 'null']) as t (mark);
select is(
  pg_temp.past(pg_temp.event('build_complete', 'past', 91, '{"status": "pass"}') - 'release_id'
    || jsonb_build_object('release_id', gen_random_uuid())), 'rejected unknown_release', 'an unknown release is unknown'
);

-- Its answer has no verdict.
select is(
  (select array_agg(k order by k) from jsonb_object_keys(said.answer -> 'detail') as k),
  '{check_id,checks,evidence,release_id}',
  'the answer says what was recorded, and of which release'
)
from ops.ingest_event(pg_temp.event('build_complete', 'past', 94, '{"status": "pass"}', key => 'answered')
  || '{"imported": true}') as said (answer);
select is(
  (select array_agg(k order by k) from jsonb_object_keys(said.answer -> 'detail') as k),
  '{check_id,checks,evidence,release_id}',
  'and so does the answer to a retry'
)
from ops.ingest_event(pg_temp.event('build_complete', 'past', 94, '{"status": "pass"}', key => 'answered')
  || '{"imported": true}') as said (answer);

-- It is no part of the content.
select is(
  (select array[pg_temp.past(e), pg_temp.past(e), pg_temp.answered(e), pg_temp.past(e, '"x"')]
  from pg_temp.event('build_complete', 'past', 92, '{"status": "pass"}', key => 'twice') as e),
  '{accepted,duplicate,duplicate,"rejected invalid_envelope"}', 'a retry is a duplicate with the mark and without it'
);
select is(
  (select count(*)::integer from ops.event_ingest_log as l
where l.content ? 'imported'), 0, 'the log has no mark'
);

-- Rows are not written there directly.
select throws_ok(format('select pg_temp.write(''past'', %L)', t.what), 'OPS12', null,
  format('no %s is written there directly', t.what))
from unnest(array['approval', 'exception', 'deployment', 'evidence', 'status', 'check']) as t (what);

select finish();
rollback;
