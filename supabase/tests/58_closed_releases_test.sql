begin;
create extension if not exists pgtap with schema extensions;
select plan(81);

\ir helpers/functions.psql
\ir helpers/views_agree.psql

-- Close the release `name` as somebody. Returns who closed it.
create function pg_temp.close_as(role text, subject text, name text, reason text default 'cancelled') returns text
language sql as $$
  select pg_temp.as_person(
    role, subject, format('select ops.close_release(%%L, %L) ->> ''closed_by''', reason), pg_temp.release(name)::text)
$$;
-- Open the release `name` as the pipeline bot-1.
create function pg_temp.open_by_bot(name text) returns text
language sql as $$
  select pg_temp.as_person('ci_service_role', 'bot-1',
    'select ops.open_release(''pgtap/project'', %L, ''production'', ''sha-1'', initiating_actor => ''dev-1'')', name)
$$;
-- Write one row about the release `name` directly, as the service role. Raises what the table raises.
create function pg_temp.write(name text, what text) returns void
language plpgsql as $$
begin
  case what
    when 'approved', 'rejected', 'request_changes' then
      insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
      values (pg_temp.release(name), pg_temp.gate(name, 'G2'), 'qa-1', 'qa_tester', what::ops.ops_decision_type, 'gate',
        '{"why": "known"}');
    when 'approved whole', 'rejected whole' then
      insert into ops.approvals (release_id, approver_id, persona_role, decision, scope, rationale_structured)
      values (pg_temp.release(name), 'rm-1', 'release_manager', split_part(what, ' ', 1)::ops.ops_decision_type,
        'release', '{"why": "known"}');
    when 'exception' then
      perform pg_temp.except_for(name, 'gate_bypass', '{G1}');
    when 'deployment' then
      insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
      values (pg_temp.release(name), 'dev', gen_random_uuid()::text, 'sha-1', 'succeeded');
    else
      insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
      values (pg_temp.release(name), pg_temp.gate(name, 'G1'), 'build', 'ci', what::ops.ops_check_status);
  end case;
end
$$;
-- Open an exception for the release `name`, and object to it.
create function pg_temp.object_to_exception(name text, decision text) returns void
language sql as $$
  insert into ops.approvals (
    release_id, exception_id, approver_id, persona_role, decision, scope, rationale_structured)
  values (
    pg_temp.release(name), pg_temp.except_for(name, 'gate_bypass', '{G3}'), 'qa-2', 'qa_tester',
    decision::ops.ops_decision_type, 'exception', '{"why": "known"}')
$$;
create function pg_temp.goes(name text) returns boolean[]
language sql as $$
  select array(
    select pg_temp.eligible(name, t)
    from unnest(array['dev', 'staging', 'production']) as t)
$$;
create function pg_temp.went(name text, at timestamptz) returns boolean[]
language sql as $$
  select array(
    select ops.was_eligible_for_promotion(pg_temp.release(name), t, at)
    from unnest(array['dev', 'staging', 'production']) as t)
$$;
create function pg_temp.closed(name text) returns text
language sql as $$
  select concat_ws(' ', r.close_reason, r.closed_by, r.closed_at > r.created_at, r.name_freed)
  from ops.releases r
  where r.release_id = pg_temp.release(name)
$$;

set local role service_role;
\ir helpers/members.psql
select ops.grant_membership('bot-2', 'ci_service_role', null, null, 'rm-1', 'another pipeline');

-- A closed release is eligible for nothing. Its past stays.
select pg_temp.ready(t.name) from unnest(array['ready', 'excepted', 'bypassed']) as t (name);
select pg_temp.except_for('excepted', 'gate_bypass', '{G1,G2,G3,G4}');
select pg_temp.mark('open');
select is(pg_temp.goes('ready'), '{t,t,t}', 'an open release goes everywhere');
select is(pg_temp.close_as('release_manager', 'rm-2', 'ready'), 'rm-2', 'a release manager closes it');
select is(pg_temp.close_as('release_manager', 'rm-2', 'excepted'), 'rm-2', 'a release manager closes another');
select pg_temp.mark('closed');
select is(pg_temp.closed('ready'), 'cancelled rm-2 t f', 'it says when, by whom and why');
select is(pg_temp.goes('ready'), '{f,f,f}', 'it goes nowhere, dev included');
select is(pg_temp.goes('excepted'), '{f,f,f}', 'no exception covers that');
select pg_temp.same_rows(
  $$ select t.name, b.gate_code::text, b.kind::text, b.subject, b.state::text, b.who
     from unnest(array['dev', 'staging', 'production']) as t (name)
     cross join ops.promotion_blockers(pg_temp.release('ready'), t.name) as b $$,
  $$ select t.name, null::text, 'release_closed', 'cancelled', 'failed', 'release_manager'
     from unnest(array['dev', 'staging', 'production']) as t (name) $$, 'that it is closed is its one blocker'
);
select is(pg_temp.went('ready', pg_temp.at('open')), '{t,t,t}', 'replay before it was closed does not know it');
select is(pg_temp.went('ready', pg_temp.at('closed')), '{f,f,f}', 'replay after it was closed knows it');
select is(
  pg_temp.went('ready', r.closed_at) || pg_temp.went('ready', r.closed_at - interval '1 microsecond'), '{f,f,f,t,t,t}',
  'it is closed from its moment on'
)
from ops.releases as r
where r.release_id = pg_temp.release('ready');
select is(pg_temp.stored('ready', 'G3'), 'passed', 'its gates stay as they were');
select is(pg_temp.released('ready'), 'in_progress', 'its status stays as it was');
select is(pg_temp.differences(), '{}', 'views and functions agree on closed releases');
select is(pg_temp.close_as('release_manager', 'rm-1', 'ready'), 'rm-2', 'the same again is the same answer');
select throws_ok(
  $$ select pg_temp.close_as('release_manager', 'rm-1', 'ready', 'superseded') $$, 'OPS12', null,
  'it is not closed again for another reason'
);
select throws_ok(
  format('select ops.close_release(%L, %L)', pg_temp.release('bypassed'), t.reason), '22023', null,
  format('%s is no reason', coalesce(t.reason, 'null'))
)
from unnest(array['tired', 'Cancelled', '', null]) as t (reason);
select throws_ok(
  $$ select ops.close_release(gen_random_uuid(), 'cancelled') $$, 'OPS04', null, 'an unknown release cannot be closed'
);

-- Nobody opens it again, nor closes one by an update.
select throws_ok(
  format('update ops.releases set %s where release_id = %L', t.change, pg_temp.release('ready')), 'OPS05', null,
  format('no update sets %s', t.change)
)
from unnest(array[
  'closed_at = null, closed_by = null, close_reason = null', 'name_freed = true', 'close_reason = ''superseded'''
]) as t (change);
select throws_ok(
  format(
    'update ops.releases set closed_at = now(), closed_by = ''rm-1'', close_reason = ''cancelled''
     where release_id = %L',
    pg_temp.release('bypassed')), 'OPS05', null, 'no update closes a release'
);
select throws_ok(
  $$ insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor, closed_at,
       closed_by, close_reason)
     values ('pgtap/project', 'born closed', 'dev', 'sha-1', 'dev-1', now(), 'rm-1', 'cancelled') $$, 'OPS02', null,
  'no release is born closed'
);

-- Who may close it.
select throws_ok(
  format('select pg_temp.close_as(%L, %L, ''bypassed'')', t.role, t.who), '42501', null,
  format('a %s closes nothing', t.role)
)
from (values
  ('qa_tester', 'qa-1'), ('sre', 'sre-1'), ('developer', 'dev-1'), ('audit_reader', 'audit-1'),
  ('release_manager', 'qa-1'), ('ci_service_role', 'bot-1')
) as t (role, who);
select pg_temp.open_by_bot('by bot ' || t.name)
from unnest(
  array['plain', 'foreign', 'rejected', 'changes', 'whole', 'failed', 'hand', 'contested', 'deployed', 'conflict',
    'covered', 'excepted', 'asked', 'refused there', 'unfollowed', 'followed', 'taken out']
) as t (name);
select throws_ok(
  $$ select pg_temp.close_as('ci_service_role', 'bot-2', 'by bot foreign') $$, '42501', null,
  'a pipeline does not close what another opened'
);
select throws_ok(
  format('select ops.close_release(%L, ''cancelled'')', pg_temp.release('by bot foreign')), '42501', null,
  'nor does the secret key'
);
select pg_temp.write('by bot rejected', 'rejected');
select pg_temp.write('by bot changes', 'request_changes');
select pg_temp.write('by bot whole', 'rejected whole');
select pg_temp.write('by bot failed', 'fail');
select pg_temp.check_by_hand('by bot hand', 'fail');
select pg_temp.build('by bot contested', 120, 'fail', '{"artifact_ref": 7}');
select pg_temp.deploy('by bot deployed', 120, 'staging', 'd-1', 'failed');
select pg_temp.build('by bot ' || t.name, 120, 'pass', jsonb_build_object('check_name', t.check_name, 'artifacts',
  jsonb_build_array(jsonb_build_object('name', 'web', 'sha256', repeat(t.hash, 64)))))
from (values ('conflict', 'build', 'a'), ('conflict', 'b2', 'b'), ('covered', 'build', 'a'), ('covered', 'b2', 'b'))
as t (name, check_name, hash);
select pg_temp.except_for('by bot covered', 'gate_bypass', '{G1}');
select pg_temp.object_to_exception('by bot excepted', 'rejected');
select pg_temp.object_to_exception('by bot asked', 'request_changes');
-- Health checks: one that fails alone, one before a newer deployment, which passes, and one of a target that is gone.
select pg_temp.deploy('by bot unfollowed', 100, 'dev', 'd-1', 'succeeded');
select pg_temp.health('by bot unfollowed', 101, 'dev', 'd-1', 'fail');
select pg_temp.deploy('by bot unfollowed', 102, 'dev', 'd-2', 'succeeded');
select pg_temp.deploy('by bot followed', 100, 'dev', 'd-1', 'succeeded');
select pg_temp.health('by bot followed', 101, 'dev', 'd-1', 'fail');
select pg_temp.deploy('by bot followed', 102, 'dev', 'd-2', 'succeeded');
select pg_temp.health('by bot followed', 103, 'dev', 'd-2', 'pass');
select pg_temp.deploy('by bot taken out', 100, 'staging', 'd-1', 'succeeded', '{"target": "gone"}');
select ops.ingest_event(pg_temp.event('health_check', 'by bot taken out', 101, '{"environment": "staging",
  "target": "gone", "deployment_ref": "d-1", "status": "fail", "artifact_ref": "https://evidence.test/health"}'));
select pg_temp.as_person('release_manager', 'rm-1',
  'select ops.retire_target(''pgtap/project'', ''staging'', ''gone'', ''a test'') ->> ''target''');
select pg_temp.health('by bot refused there', 120, 'dev', 'unheard', 'fail');
select throws_ok(
  format('select pg_temp.close_as(''ci_service_role'', ''bot-1'', %L)', 'by bot ' || t.name), '42501', null,
  format('a pipeline does not close what it opened while a stop stands: %s', t.name)
)
from unnest(array['rejected', 'changes', 'whole', 'failed', 'hand', 'contested', 'deployed', 'conflict', 'covered',
  'excepted', 'asked', 'refused there', 'unfollowed']) as t (name);
select pg_temp.build('by bot contested', 120, 'pass');
select is(
  pg_temp.close_as('ci_service_role', 'bot-1', t.name), 'bot-1', format('a pipeline closes what it opened: %s', t.name)
)
from unnest(array['by bot plain', 'by bot contested', 'by bot followed', 'by bot taken out']) as t (name);
select is(
  pg_temp.close_as('release_manager', 'rm-1', 'by bot rejected'), 'rm-1',
  'a release manager closes one while a stop stands'
);
select is(
  pg_temp.as_person('service_role', null, 'select ops.close_release(%L, ''cancelled'') ->> ''closed_by''',
    pg_temp.release('bypassed')::text), 'service_role', 'the secret key closes what it opened'
);

-- What a closed release takes, and what it refuses. By event and by table.
select pg_temp.ready('takes');
select pg_temp.except_for('takes', 'gate_bypass', '{G1}');
select pg_temp.deploy('takes', 120, 'staging', 's-1', 'succeeded');
select pg_temp.close_as('release_manager', 'rm-1', 'takes', 'superseded');
select is(
  array[
    pg_temp.answered(pg_temp.event('build_complete', 'takes', 120, '{"status": "pass"}')),
    pg_temp.answered(pg_temp.event('build_complete', 'takes', 120,
      '{"status": "pass", "checks": [{"check_name": "lint", "status": "warning"}]}')),
    pg_temp.sign('takes', 120, 'G2', 'qa-2', 'approved')
  ], '{rejected release_closed,rejected release_closed,release_closed}', 'it takes no approval and no build that passes'
);
select is(
  array[
    pg_temp.build('takes', 120, 'fail'),
    pg_temp.build('takes', 120, 'fail', '{"checks": [{"check_name": "lint", "status": "fail"}]}'),
    pg_temp.sign('takes', 120, 'G2', 'qa-2', 'rejected'), pg_temp.sign('takes', 120, 'G3', 'rm-2', 'request_changes'),
    pg_temp.deploy('takes', 120, 'production', 'p-1', 'succeeded'),
    pg_temp.health('takes', 120, 'staging', 's-1', 'pass'),
    pg_temp.deploy('takes', 120, 'dev', 'd-1', 'succeeded')
  ], array_fill('accepted'::text, '{7}'), 'it takes failures, objections, deployments and health checks'
);
-- A build that passes is refused whatever its checks say. What fails in it stands as any refused stop, and it heals
-- nothing.
select pg_temp.open('refused');
select pg_temp.build('refused', 120, 'fail', '{"checks": [{"check_name": "types", "status": "fail"}]}');
select pg_temp.close_as('release_manager', 'rm-2', 'refused');
create temporary table build_refused as
select ops.ingest_event(pg_temp.event('build_complete', 'refused', 120, '{"status": "pass", "checks": [
  {"check_name": "unit", "status": "fail"}, {"check_name": "types", "status": "pass"}]}')) as answer;
select is(
  (select array[b.answer ->> 'status', b.answer ->> 'error', b.answer #>> '{detail,contested,0,subject}']
   from build_refused as b), '{rejected,release_closed,unit}', 'it takes no build that passes beside a failed check'
);
select is(
  array(
    select c.check_name || ' ' || c.error_code from ops.contested_reports as c
    where c.release_id = pg_temp.release('refused')
  ), '{unit release_closed}', 'the failed check in it stands'
);
select is(
  (
    select string_agg(gc.check_name || ' ' || gc.status, ', ' order by gc.check_name) from ops.gate_checks as gc
    where gc.release_id = pg_temp.release('refused')
  ), 'build fail, types fail', 'what passes in it is not recorded, so it heals nothing'
);
select is(
  pg_temp.as_person('release_manager', 'rm-2', 'select ops.dismiss(%L, ''a test'') ->> ''kind''',
    (select c.contested_id::text from ops.contested_reports as c
where c.release_id = pg_temp.release('refused'))),
  'contested_report', 'it ends as any other, here with a dismissal'
);
create temporary table named_refused as
select
  n.name,
  ops.ingest_event(pg_temp.event('build_complete', 'refused', 120, jsonb_build_object('status', 'pass',
    'check_name', n.name, 'checks', '[{"check_name": "e2e", "status": "fail"}]'::jsonb))) as answer
from unnest(array['unit', 'lint']) as n (name);
select is(
  (select string_agg(concat_ws(' ', r.answer ->> 'error', r.answer #>> '{detail,contested,0,subject}'), ', ')
   from named_refused as r), 'release_closed e2e, release_closed e2e', 'under whatever name the build is reported'
);

select is(
  array[(pg_temp.deployment('takes', 'p-1')).was_eligible, (pg_temp.deployment('takes', 'd-1')).was_eligible], '{f,f}',
  'a deployment of it was not eligible, to dev neither'
);
select is(
  (pg_temp.deployment('takes', 'd-1')).blockers_at_deploy #>> '{0,kind}', 'release_closed', 'and says why'
);
select isnt(pg_temp.released('takes'), 'promoted', 'it is not promoted');
select is(
  ops.ingest_event(pg_temp.event('gate_signoff', 'takes', 120, jsonb_build_object(
    'decision', 'rejected', 'approver_id', 'qa-1', 'persona_role', 'qa_tester'), 'G2'))
    #>> '{detail,contested,0,status}',
  'rejected', 'a stop in a refused event about it is contested'
);
select throws_ok(
  format('select pg_temp.write(''takes'', %L)', t.what), 'OPS12', null, format('the tables refuse it too: %s', t.what)
)
from unnest(array['approved', 'approved whole', 'exception', 'pass', 'warning', 'skipped']) as t (what);
select lives_ok(
  format('select pg_temp.write(''takes'', %L)', t.what), format('the tables take it too: %s', t.what)
)
from unnest(array['rejected', 'rejected whole', 'fail', 'deployment']) as t (what);
select lives_ok(
  $$ update ops.exceptions set revoked_at = now() where release_id = pg_temp.release('takes') $$,
  'an exception for it can still be revoked'
);

-- Its name.
select throws_ok(
  $$ select pg_temp.open('ready') $$, 'OPS09', null, 'a release that is closed with facts keeps its name'
);
select pg_temp.open('empty');
select is(pg_temp.close_as('release_manager', 'rm-1', 'empty'), 'rm-1', 'an empty release is closed');
select is(pg_temp.closed('empty'), 'cancelled rm-1 t t', 'its name is free');
select set_config('pgtap.emptied', pg_temp.release('empty')::text, true);
select lives_ok(
  $$ select ops.open_release('pgtap/project', 'empty', 'production', 'sha-2', initiating_actor => 'dev-1') $$,
  'another release may have its name, of another commit too'
);
select isnt(
  ops.open_release('pgtap/project', 'empty', 'production', 'sha-2', initiating_actor => 'dev-1'),
  current_setting('pgtap.emptied')::uuid, 'it is another release'
);
select is(
  (
    ops.ingest_event(jsonb_set(
      pg_temp.event('build_complete', 'ready', 120, '{"status": "fail"}'), '{release_id}',
      to_jsonb(current_setting('pgtap.emptied'))))
  ) ->> 'status', 'accepted', 'the empty one still takes a failure'
);

-- It waits for nobody.
select is(
  array(
    select p.release_name
    from pg_temp.set_policy('G1', '[{"kind": "check", "subject": "build"}]', 'pgtap/project') as p
    where p.release_name in ('by bot foreign', 'by bot plain', 'ready', 'takes')
  ), '{by bot foreign}', 'a change of policy lists open releases, and no closed one'
);

select finish();
rollback;
