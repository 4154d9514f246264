begin;
create extension if not exists pgtap with schema extensions;
select plan(106);

\ir helpers/functions.psql

-- Report a rollback of `undone` to the commit `source` in production, and return its rollback_known, or the error code.
create function pg_temp.roll_back(name text, undone text, source text, more jsonb default '{}') returns text
language plpgsql volatile as $$
declare
  v_answered constant text := pg_temp.deploy(name, 40, 'production', 'r-' || undone, 'succeeded', jsonb_build_object(
    'rollback_of_ref', undone, 'source_ref', source) || more);
begin
  return case when v_answered <> 'accepted' then v_answered
    else (pg_temp.deployment(name, 'r-' || undone)).rollback_known::text end;
end
$$;
-- A release with a healthy deployment p1 to production. `more` is merged into its report.
create function pg_temp.healthy(name text, more jsonb default '{}') returns void
language plpgsql volatile as $$
begin
  perform pg_temp.ready(name);
  perform pg_temp.deploy(name, 20, 'production', 'p1', 'succeeded', more);
  perform ops.ingest_event(pg_temp.event('health_check', name, 21, jsonb_build_object(
    'environment', 'production', 'deployment_ref', 'p1', 'status', 'pass', 'artifact_ref', 'https://evidence.test/1',
    'target', more -> 'target')));
end
$$;
-- Have a deployment of commit `source` in another release of the project, which passed all its gates if `ready`.
create function pg_temp.another(
  source text, environment text, status text, ready boolean default true, more jsonb default '{}',
  project text default 'pgtap/project'
) returns void
language plpgsql volatile as $$
declare
  v_name constant text := 'another ' || source;
  v_release constant uuid := ops.open_release(project, v_name, 'production', source, initiating_actor => 'dev-1');
begin
  if ready then
    perform ops.ingest_event(e.event || jsonb_build_object('release_id', v_release))
    from (values
      (pg_temp.event('build_complete', v_name, 1, '{"status": "pass"}')),
      (pg_temp.event('gate_signoff', v_name, 2, '{"decision": "approved", "approver_id": "qa-1",
        "persona_role": "qa_tester", "rationale_structured": {"a": 1},
        "evidence": [{"artifact_type": "test_result", "artifact_url": "https://evidence.test/1"}]}', 'G2')),
      (pg_temp.event('gate_signoff', v_name, 3, '{"decision": "approved", "approver_id": "rm-1",
        "persona_role": "release_manager", "rationale_structured": {"a": 1},
        "evidence": [{"artifact_type": "rollback_plan", "artifact_url": "https://evidence.test/2"}]}', 'G3'))
    ) as e (event);
  end if;
  perform ops.ingest_event(pg_temp.event('deployment_event', v_name, 5, jsonb_build_object(
    'environment', environment, 'deployment_ref', 'before', 'status', status, 'source_ref', source) || more)
    || jsonb_build_object('release_id', v_release));
end
$$;

-- Insert a rollback of the rollback of p1 directly.
create function pg_temp.insert_rollback(name text) returns void
language sql as $$
  insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, rollback_of)
  select d.release_id, d.environment, 'r-r', 'sha-0', 'succeeded', d.deployment_id
  from pg_temp.deployment(name, 'r-p1') as d
$$;

set local role service_role;
\ir helpers/members.psql

-- What a rollback may go back to.
select pg_temp.another('known', 'production', 'succeeded');
select pg_temp.another('elsewhere', 'staging', 'succeeded');
select pg_temp.another('in another target', 'production', 'succeeded', true, '{"target": "eu"}');
select pg_temp.another('in another project', 'production', 'succeeded', true, '{}', 'pgtap/other');
select pg_temp.another('unfinished', 'production', 'in_progress');
select pg_temp.another('broken', 'production', 'failed');
select pg_temp.another('unapproved', 'production', 'succeeded', false);
select pg_temp.another('undone', 'production', 'succeeded');
select ops.ingest_event(pg_temp.event('deployment_event', 'another undone', 6, '{"environment": "production",
  "deployment_ref": "before", "status": "rolled_back", "source_ref": "undone"}'));
create temporary table kinds (source text, known boolean);
insert into kinds values
('known', true), ('elsewhere', false), ('in another target', false), ('in another project', false),
('unfinished', false), ('broken', false), ('unapproved', false), ('undone', false), ('never deployed', false);
select pg_temp.healthy('back to ' || k.source) from kinds as k;
select is(
  pg_temp.roll_back('back to ' || k.source, 'p1', k.source), k.known::text,
  format('a rollback to what is %s: known is %s', k.source, k.known)
)
from kinds as k;
select is(
  (pg_temp.deployment('back to ' || k.source, 'p1')).status::text,
  case when k.known then 'rolled_back' else 'succeeded' end,
  format('a rollback to what is %s: the other deployment is rolled back only if known', k.source)
)
from kinds as k;
select is(
  (pg_temp.deployment('back to ' || k.source, 'r-p1')).was_eligible,
  case when not k.known then false end,
  format('a rollback to what is %s: it is judged exactly when unknown', k.source)
)
from kinds as k;
select is(
  pg_temp.stored('back to ' || k.source, 'G4'),
  case when k.known then 'in_progress' else 'failed' end,
  format('a rollback to what is %s: G4 takes an unknown one as an ordinary deployment', k.source)
)
from kinds as k;
select is(
  pg_temp.released('back to ' || k.source),
  case when k.known then 'rolled_back' else 'in_progress' end,
  format('a rollback to what is %s: the release is rolled_back only if known', k.source)
)
from kinds as k;
select is(
  (
    select l.result -> 'rollback_to_unknown' = 'true'
    from ops.event_ingest_log as l
    where l.release_id = pg_temp.release('back to ' || k.source) and l.result ? 'rollback_to_unknown'
  ), not k.known, format('a rollback to what is %s: the answer says so', k.source)
)
from kinds as k;
select is(
  (
    select v.rollback_known
    from ops.v_deployment_history as v
    where v.release_id = pg_temp.release('back to ' || k.source) and v.deployment_ref = 'r-p1'
  ), k.known, format('a rollback to what is %s: the history says so', k.source)
)
from kinds as k;
select is(
  (pg_temp.deployment('back to known', 'r-p1')).g4_status::text, 'pending',
  'a rollback that goes back to something is of another commit, so it is never healthy, and it has not failed'
);
select is(
  (pg_temp.deployment('back to never deployed', 'r-p1')).g4_status::text, 'failed',
  'a rollback to nothing known is a deployment of another commit, which is failed'
);
reset role;
select is(
  (
    select count(*)::integer
    from ops.releases as r cross join lateral ops_private.rollbacks_to_unknown(r, 'infinity') as f
    where r.release_name = 'back to ' || k.source and f.kind = 'rollback_to_unknown' and f.enforcement = 'advisory'
      and f.remedy <> '' and f.who = 'sre' and f.subject = 'r-p1'
  ), case when k.known then 0 else 1 end,
  format('a rollback to what is %s: an unknown one is an advisory finding', k.source)
)
from kinds as k;
set local role service_role;

-- The commit of the deployment that is undone is nothing to go back to. Such a rollback is an ordinary deployment.
select pg_temp.another('alone', 'production', 'succeeded');
select is(
  pg_temp.roll_back('another alone', 'before', 'alone'), 'false', 'a rollback to the commit that it undoes goes nowhere'
);
select results_eq(
  $$ select d.status::text, d.was_eligible, d.g4_status::text
     from pg_temp.deployment('another alone', 'r-before') as d $$,
  $$ values ('succeeded', true, 'pending') $$, 'it is judged as a deployment, and waits for its health check'
);
select is(
  pg_temp.released('another alone'), 'promoted', 'it promotes the release, as any deployment that was eligible'
);
select pg_temp.health('another alone', 42, 'production', 'r-before', 'pass');
select is(pg_temp.stored('another alone', 'G4'), 'passed', 'it is healthy as any deployment');

-- Validity is fixed when the rollback is recorded.
select pg_temp.healthy('too early');
select is(pg_temp.roll_back('too early', 'p1', 'later'), 'false', 'what is deployed later does not count');
select pg_temp.another('later', 'production', 'succeeded');
select is(
  (pg_temp.deployment('too early', 'r-p1')).rollback_known, false, 'a rollback to nothing known stays one'
);
select pg_temp.roll_back('too early', 'p1', 'later');
select is(
  (pg_temp.deployment('too early', 'p1')).status::text, 'succeeded', 'a later report of it undoes nothing either'
);
select pg_temp.healthy('in time');
select pg_temp.deploy(
  'in time', 40, 'production', 'r-p1', 'in_progress', '{"rollback_of_ref": "p1", "source_ref": "known"}'
);
select pg_temp.deploy('another known', 41, 'production', 'before', 'rolled_back', '{"source_ref": "known"}');
select is(
  pg_temp.roll_back('in time', 'p1', 'known'), 'true', 'a rollback stays known when its version is undone later'
);
select is((pg_temp.deployment('in time', 'p1')).status::text, 'rolled_back', 'it undoes the other when it succeeds');
select pg_temp.healthy('in time too');
select is(
  pg_temp.roll_back('in time too', 'p1', 'known'),
  'false',
  'a version that was rolled back since is nothing to go back to'
);

-- Within the release: an earlier deployment of its own commit.
select pg_temp.healthy('itself');
select pg_temp.deploy('itself', 30, 'production', 'p2', 'succeeded');
select is(
  pg_temp.roll_back('itself', 'p2', 'sha-1'), 'true', 'a rollback to an earlier deployment of the release is known'
);
select is(pg_temp.stored('itself', 'G4'), 'pending', 'what was rolled back is not healthy, whatever was before it');

-- Targets.
select pg_temp.ran_before('sha-0', 'production', 'eu');
select pg_temp.healthy('in eu', '{"target": "eu"}');
select is(
  pg_temp.roll_back('in eu', 'p1', 'sha-0'), 'unknown_deployment', 'a rollback names the target of what it undoes'
);
select is(
  pg_temp.roll_back('in eu', 'p1', 'sha-0', '{"target": "eu"}'), 'true', 'a rollback within the target is known'
);
select pg_temp.healthy('in both', '{"target": "eu"}');
select pg_temp.deploy('in both', 20, 'production', 'p1', 'succeeded', '{"target": "us"}');
select pg_temp.roll_back('in both', 'p1', 'sha-0', '{"target": "eu"}');
select results_eq(
  $$ select d.target::text collate "default", d.status::text from ops.deployments d
     where d.release_id = pg_temp.release('in both') and d.deployment_ref = 'p1' order by d.target $$,
  $$ values ('eu', 'rolled_back'), ('us', 'succeeded') $$,
  'a rollback undoes the deployment to its own target alone'
);
select throws_ok(
  $$ insert into ops.deployments (
       release_id, environment, target, deployment_ref, source_ref, status, rollback_of)
     select d.release_id, d.environment, 'us', 'r9', 'sha-0', 'succeeded', d.deployment_id
     from ops.deployments d where d.release_id = pg_temp.release('in both') and d.target = 'eu' and d.rollback_of is null $$,
  '23503', null, 'a rollback of a deployment to another target is refused by table'
);

-- Artifacts: where the version named some, the rollback names the same.
select
    pg_temp.another(
        'with artifacts', 'production', 'succeeded', true, jsonb_build_object('artifacts', jsonb_build_array(
  jsonb_build_object('name', 'web', 'sha256', repeat('A', 64)),
  jsonb_build_object('name', 'api', 'sha256', repeat('b', 64))
)));
create temporary table named (name text, artifacts jsonb, known boolean);
insert into named values
('the same', '[{"name": "api", "sha256": "b"}, {"name": "web", "sha256": "a"}]', true),
('the same in another order', '[{"name": "web", "sha256": "a"}, {"name": "api", "sha256": "b"}]', true),
('one of them', '[{"name": "web", "sha256": "a"}]', false),
('another hash', '[{"name": "api", "sha256": "c"}, {"name": "web", "sha256": "a"}]', false),
('one more', '[{"name": "api", "sha256": "b"}, {"name": "web", "sha256": "a"}, {"name": "job", "sha256": "c"}]', false),
('none', null, false), ('an empty list', '[]', false);
select pg_temp.healthy('artifacts: ' || n.name) from named as n;
select is(
  pg_temp.roll_back('artifacts: ' || n.name, 'p1', 'with artifacts', jsonb_build_object('artifacts', (
    select jsonb_agg(jsonb_set(a, '{sha256}', to_jsonb(repeat(a ->> 'sha256', 64))))
    from jsonb_array_elements(n.artifacts) as a
  ))), n.known::text, format('a rollback that names %s of the artifacts: known is %s', n.name, n.known)
)
from named as n;
select pg_temp.another('without artifacts', 'production', 'succeeded');
select pg_temp.healthy('artifacts: of none');
select is(
  pg_temp.roll_back('artifacts: of none', 'p1', 'without artifacts', jsonb_build_object('artifacts',
    jsonb_build_array(jsonb_build_object('name', 'web', 'sha256', repeat('a', 64))))),
  'true', 'a rollback may name artifacts where its version named none'
);
select is(
  pg_temp.deploy('artifacts: of none', 41, 'production', 'r-p1', 'failed', jsonb_build_object(
    'rollback_of_ref', 'p1', 'source_ref', 'without artifacts')),
  'invalid_transition', 'a known deployment keeps its artifacts'
);

-- A rollback of a rollback is refused, whether that is known or not, by event and by table.
create temporary table again (name text);
insert into again values ('back to undone'), ('in time'), ('back to never deployed');
select is(
  pg_temp.roll_back(a.name, 'r-p1', 'sha-0'),
  'invalid_transition',
  format('%s: a rollback cannot undo a rollback', a.name)
)
from again as a;
select is(
  (
    select l.error_detail ->> 'field'
    from ops.event_ingest_log as l
    where l.release_id = pg_temp.release('in time') and l.error_code = 'invalid_transition'
  ), 'rollback_of_ref', 'the refusal names the field'
);
select throws_ok(
  format(
    'select pg_temp.insert_rollback(%L)', a.name
  ), 'OPS08', null, format('%s: a rollback that is inserted directly cannot undo a rollback', a.name)
)
from again as a;

select finish();
rollback;
