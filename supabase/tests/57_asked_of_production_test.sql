begin;
create extension if not exists pgtap with schema extensions;
select plan(55);

\ir helpers/functions.psql
\ir helpers/views_agree.psql

-- Open the release `name` at commit `ref`, in the project `project`.
create function pg_temp.open_at(name text, ref text, project text default 'pgtap/project') returns uuid
language sql as $$
  select ops.open_release(project, name, 'production', ref, initiating_actor => 'dev-1')
$$;
-- What is asked of production: the kinds of the blockers, then those of the advice, as `kinds | kinds`.
create function pg_temp.asked(name text) returns text
language sql as $$
  select format('%s | %s', (
    select string_agg(b.gate_code || ' ' || b.kind, ' ' order by b.gate_code, b.kind)
    from ops.promotion_blockers(pg_temp.release(name), 'production') as b
  ), (
    select string_agg(b.gate_code || ' ' || b.kind, ' ' order by b.gate_code, b.kind)
    from ops.promotion_advice(pg_temp.release(name), 'production') as b
    where b.kind <> 'moving_ref'
  ))
$$;
-- Pass G1 to G3 of a release that is open.
create function pg_temp.pass_gates(name text) returns void
language sql as $$
  select pg_temp.build(name, 120, 'pass');
  select pg_temp.sign(name, 120, 'G2', 'qa-1', 'approved', 'test_result');
  select pg_temp.sign(name, 120, 'G3', 'rm-1', 'approved', 'rollback_plan');
$$;
create function pg_temp.deploy_at(name text, ref text, status text, env text default 'staging') returns text
language sql as $$
  select pg_temp.deploy(name, 120, env, ref, deploy_at.status, jsonb_build_object('source_ref', r.source_ref))
  from ops.releases r
  where r.release_id = pg_temp.release(name)
$$;

set local role service_role;
\ir helpers/members.psql

-- Each stop of another release of the same commit, alone.
create temporary table stops as
select * from (values
  ('rejected', 'rejection of a gate', true), ('changes', 'request for changes', false),
  ('whole', 'rejection as a whole', true), ('whole changes', 'request for changes on the whole', false),
  ('build', 'failed build', true), ('check', 'failed check beside a build that passes', true),
  ('health', 'failed health check', true), ('by hand', 'check that failed by hand', false),
  ('contested', 'contested report', true), ('bad deploy', 'failed deployment', false)
) as t (name, what, counts);
select pg_temp.open_at(s.name || t.suffix, 'c-' || s.name || t.commit)
from stops as s cross join (values ('', ''), (' again', ''), (' other', '-2')) as t (suffix, commit);
-- One that failed once is looked at.
select pg_temp.build(s.name, n, case n when 1 then 'fail' else 'pass' end)
from stops as s cross join generate_series(1, 2) as n
where not s.counts;
insert into ops.approvals (release_id, approver_id, persona_role, decision, scope, rationale_structured)
select
  ops.open_release('pgtap/elsewhere', s.name, 'production', 'c-' || s.name, initiating_actor => 'dev-1') as release_id,
  'rm-2' as approver_id,
  'release_manager' as persona_role,
  'rejected' as decision,
  'release' as scope,
  '{"why": "known"}' as rationale_structured
from stops as s;
select pg_temp.pass_gates(s.name || ' again') from stops as s;
select pg_temp.mark('before');
select pg_temp.sign('rejected', 120, 'G2', 'qa-2', 'rejected');
select pg_temp.sign('changes', 120, 'G2', 'qa-2', 'request_changes');
insert into ops.approvals (release_id, approver_id, persona_role, decision, scope, rationale_structured)
values
(pg_temp.release('whole'), 'rm-2', 'release_manager', 'rejected', 'release', '{"why": "known"}'),
(pg_temp.release('whole changes'), 'rm-2', 'release_manager', 'request_changes', 'release', '{"why": "known"}');
select pg_temp.build('build', 120, 'fail');
select pg_temp.build('check', 120, 'pass', '{"checks": [{"check_name": "lint", "status": "fail"}]}');
select pg_temp.deploy_at('health', 'd-1', 'succeeded');
select pg_temp.health('health', 120, 'staging', 'd-1', 'fail');
select pg_temp.check_by_hand('by hand', 'fail');
select pg_temp.build('contested', 120, 'fail', '{"artifact_ref": 7}');
select pg_temp.deploy_at('bad deploy', 'd-1', 'failed');
select pg_temp.mark('stopped');
select is(
  pg_temp.asked(s.name || ' again'), case when s.counts then ' | G3 objected_elsewhere' else ' | ' end,
  format('a %s of another release of the commit is %s', s.what, case when s.counts then 'advice' else 'none' end)
)
from stops as s;
select is(
  (select count(*)::integer from stops as s
   where pg_temp.asked(s.name || ' other') like '%elsewhere%' or pg_temp.asked(s.name) like '%elsewhere%'), 0,
  'it is no advice for another commit, nor for the release itself'
);
select is(
  (select count(*)::integer
   from stops as s
   cross join ops.promotion_advice(pg_temp.release(s.name || ' again'), 'staging') as a
   where a.kind = 'objected_elsewhere'), 0, 'it is no advice for staging'
);
select results_eq(
  $$ select s.name collate "default", a.who
     from stops as s cross join ops.promotion_advice(pg_temp.release(s.name || ' again'), 'production') as a
     where a.kind = 'objected_elsewhere' order by s.name collate "C" $$,
  $$ values
    ('build', 'ci_service_role'), ('check', 'ci_service_role'), ('contested', 'ci_service_role'), ('health', 'sre'),
    ('rejected', 'qa_tester'), ('whole', 'release_manager') $$,
  'it names the role that can end the stop in the other release'
);
select is(
  array(select pg_temp.eligible(s.name || ' again', 'production') from stops as s
    where s.counts),
  '{t,t,t,t,t,t}', 'advice does not keep a release out'
);
select is(
  ops.ingest_event(pg_temp.event('deployment_event', 'rejected again', 120, '{"environment": "production",
    "deployment_ref": "p-1", "status": "in_progress", "source_ref": "c-rejected"}')) #> '{detail,advice,1,kind}',
  '"objected_elsewhere"', 'the answer to a deployment to production has the advice'
);
select pg_temp.sign('rejected', 120, 'G2', 'qa-2', 'approved');
select pg_temp.build('build', 120, 'pass');
select pg_temp.build('check', 120, 'pass', '{"checks": [{"check_name": "lint", "status": "pass"}]}');
select pg_temp.health('health', 120, 'staging', 'd-1', 'pass');
select pg_temp.build('contested', 120, 'pass');
insert into ops.approvals (release_id, approver_id, persona_role, decision, scope, rationale_structured)
values (pg_temp.release('whole'), 'rm-2', 'release_manager', 'approved', 'release', '{"why": "known"}');
select is(
  array(select pg_temp.asked(s.name || ' again') from stops as s
    where s.counts),
  '{" | "," | "," | "," | "," | "," | "}', 'what is resolved is no advice any more'
);

-- By policy it blocks.
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "objected_elsewhere"}]', 'pgtap/project');
select pg_temp.open_at(s.name || ' strict', 'c-' || s.name) from stops as s;
select pg_temp.pass_gates(s.name || ' strict') from stops as s;
select is(
  array(select pg_temp.eligible(s.name || ' strict', 'production') from stops as s
    where s.counts),
  '{t,t,t,t,t,t}', 'nothing stands elsewhere'
);
select pg_temp.mark('clear');
select pg_temp.build(s.name, 120, 'fail') from stops as s
where s.counts;
select pg_temp.sign('rejected', 120, 'G2', 'qa-2', 'rejected');
select pg_temp.mark('failed');
select is(
  pg_temp.asked('build strict'), 'G3 objected_elsewhere | ', 'by policy a stop elsewhere is a blocker, and no advice'
);
select is(
  array(select pg_temp.eligible('build strict', t) from unnest(array['dev', 'staging', 'production']) as t), '{t,t,f}',
  'it keeps the release out of production alone'
);
select is(
  pg_temp.stored('build strict', 'G3') || (select r.cleared_for from ops.releases as r
    where r.release_id = pg_temp.release('build strict')), 'passedproduction', 'what is stored does not depend on it'
);
select is(
  array(select f.kind::text from ops.gate_findings(pg_temp.gate('build strict', 'G3')) as f), '{approval}',
  'it is no finding of G3'
);
select is(
  array[
    ops.was_eligible_for_promotion(pg_temp.release('build strict'), 'production', pg_temp.at('clear')),
    ops.was_eligible_for_promotion(pg_temp.release('build strict'), 'production', pg_temp.at('failed')),
    ops.was_eligible_for_promotion(pg_temp.release('rejected strict'), 'production', pg_temp.at('clear'))
  ], '{t,f,t}', 'replay asks what stood elsewhere at the moment'
);
select is(pg_temp.differences('build%'), '{}', 'views and functions agree while another release is stopped');
select pg_temp.deploy_at('build strict', 'p-1', 'in_progress', 'production');
select is(
  (pg_temp.deployment('build strict', 'p-1')).blockers_at_deploy #>> '{0,kind}', 'objected_elsewhere',
  'a deployment to production is judged by it'
);
select is(
  pg_temp.asked('build again'), ' | G3 objected_elsewhere', 'a release that is older than the policy is advised'
);
set local role none;
select is(
  array(
    select concat_ws(' ', f.kind, f.enforcement)
    from ops.releases as r
    cross join lateral ops_private.production_findings(r, clock_timestamp(), array(
      select q from ops_private.requirements_in_force as q
      where q.release_id = pg_temp.release('build strict'))) as f
    where r.release_id = pg_temp.release('build again')
  ), array['objected_elsewhere blocking'], 'judged by that policy it would be stopped'
);
set local role service_role;
select pg_temp.except_for('build strict', 'gate_bypass', '{G1,G2,G4}');
select is(pg_temp.eligible('build strict', 'production'), false, 'a bypass of other gates does not cover it');
select pg_temp.except_for('build strict', 'gate_bypass', '{G3}');
select is(pg_temp.eligible('build strict', 'production'), true, 'a bypass of G3 covers it');
select pg_temp.deploy_at('build strict', 'p-2', 'succeeded', 'production');
select is(
  (select v.was_eligible::text || cardinality(v.excepted_by) from ops.v_deployment_history as v
   where v.deployment_ref = 'p-2' and v.release_id = pg_temp.release('build strict')), 'true1',
  'the deployment says that it needed the exception'
);
select is(
  pg_temp.differences('% strict'), '{}', 'views and functions agree under a bypass of what is asked of production'
);

-- Staging healthy, by policy.
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "environment_healthy"}]', 'pgtap/project');
select pg_temp.open_at('staged', 'c-staged');
select pg_temp.pass_gates('staged');
select pg_temp.mark('not staged');
select is(pg_temp.asked('staged'), 'G3 environment_healthy | ', 'production asks for staging');
select is(pg_temp.eligible('staged', 'staging'), true, 'staging does not ask for itself');
select pg_temp.deploy_at('staged', 's-1', 'in_progress');
select is(pg_temp.asked('staged'), 'G3 environment_healthy | ', 'a deployment in progress is not enough');
select pg_temp.deploy_at('staged', 's-1', 'succeeded');
select is(pg_temp.asked('staged'), 'G3 environment_healthy | ', 'a deployment without a health check is not enough');
select pg_temp.health('staged', 120, 'staging', 's-1', 'pass');
select is(pg_temp.asked('staged'), ' | ', 'a healthy one is');
select pg_temp.deploy('staged', 120, 'staging', 's-2', 'succeeded', '{"target": "eu-2", "source_ref": "c-staged"}');
select is(pg_temp.asked('staged'), 'G3 environment_healthy | ', 'another target must be healthy too');
select ops.ingest_event(pg_temp.event('health_check', 'staged', 120, '{"environment": "staging", "target": "eu-2",
  "deployment_ref": "s-2", "status": "pass", "artifact_ref": "https://evidence.test/health"}'));
select pg_temp.mark('staged');
select pg_temp.health('staged', 120, 'staging', 's-1', 'fail');
select is(
  pg_temp.asked('staged'), 'G3 environment_healthy G4 deployment_health | ', 'an unhealthy one fails both rules'
);
select is(
  array(select ops.was_eligible_for_promotion(pg_temp.release('staged'), 'production', pg_temp.at(t))
    from unnest(array['not staged', 'staged']) as t), '{f,t}', 'replay asks how staging was at the moment'
);
select is(pg_temp.differences('staged'), '{}', 'views and functions agree on staging');
select pg_temp.except_for('staged', 'gate_bypass', '{G4}');
select is(pg_temp.asked('staged'), 'G3 environment_healthy | ', 'a bypass of G4 covers the failure alone');
select pg_temp.except_for('staged', 'gate_bypass', '{G3}');
select is(pg_temp.asked('staged'), ' | ', 'a bypass of G3 covers the policy');
select pg_temp.deploy_at('staged', 'p-1', 'succeeded', 'production');
select is(
  cardinality((pg_temp.deployment('staged', 'p-1')).excepted_by), 2, 'the deployment needed both exceptions'
);
-- A failed probe stops another release until a newer deployment there is healthy, or its target is gone.
create temporary table probes (name text, counts boolean);
insert into probes values
('newest', true), ('newer in progress', true), ('newer failed', true), ('newer without checks', true),
('newer healthy', false), ('newer elsewhere', true), ('target gone', false), ('newer healthy and undone', false);
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "objected_elsewhere"}]', 'pgtap/project');
select pg_temp.open_at('probe: ' || p.name, 'c-probe ' || p.name) from probes as p;
select pg_temp.open_at('after: ' || p.name, 'c-probe ' || p.name) from probes as p;
select pg_temp.pass_gates('after: ' || p.name) from probes as p;
select pg_temp.mark('not probed');
create function pg_temp.at_target(name text, kind text, ref text, status text, target text default 'probed')
returns text
language sql as $$
  select ops.ingest_event(pg_temp.event(kind, 'probe: ' || name, 120, jsonb_build_object('environment', 'staging',
    'target', target, 'deployment_ref', ref, 'status', status, 'source_ref', 'c-probe ' || name,
    'artifact_ref', 'https://evidence.test/health'))) ->> 'status'
$$;
select pg_temp.at_target(p.name, e.kind, 'd-1', e.status, case p.name when 'target gone' then 'gone' else 'probed' end)
from (values ('deployment_event', 'succeeded'), ('health_check', 'fail')) as e (kind, status) cross join probes as p;
select pg_temp.mark('probed');
select pg_temp.at_target('newer in progress', 'deployment_event', 'd-2', 'in_progress');
select pg_temp.at_target('newer failed', 'deployment_event', 'd-2', 'failed');
select pg_temp.at_target('newer without checks', 'deployment_event', 'd-2', 'succeeded');
select pg_temp.at_target('newer elsewhere', 'deployment_event', 'd-2', 'succeeded', 'another');
select pg_temp.at_target('newer elsewhere', 'health_check', 'd-2', 'pass', 'another');
select pg_temp.at_target(name, 'deployment_event', 'd-2', 'succeeded')
from unnest(array['newer healthy', 'newer healthy and undone']) as name;
select pg_temp.at_target(name, 'health_check', 'd-2', 'pass')
from unnest(array['newer healthy', 'newer healthy and undone']) as name;
select pg_temp.at_target('newer healthy and undone', 'deployment_event', 'd-2', 'rolled_back');
select pg_temp.as_person('release_manager', 'rm-2',
  'select ops.retire_target(''pgtap/project'', ''staging'', ''gone'', ''a test'') ->> ''target''');
select is(
  not pg_temp.eligible('after: ' || p.name, 'production'), p.counts,
  format('a failed probe stops another release: %s: %s', p.name, p.counts)
)
from probes as p;
select is(
  array(
    select p.name from probes as p
    where ops.was_eligible_for_promotion(pg_temp.release('after: ' || p.name), 'production', pg_temp.at('probed'))
      or not ops.was_eligible_for_promotion(
        pg_temp.release('after: ' || p.name), 'production', pg_temp.at('not probed'))
  ), '{}', 'replay knows when the failure was recorded'
);

-- Where the other release is closed, the remedy is another one.
select pg_temp.open_at('closed', 'c-closed');
select pg_temp.open_at('after closed', 'c-closed');
select pg_temp.build('closed', 120, 'fail');
create function pg_temp.remedy() returns text
language sql as $$
  select format('%s: %s', a.who, a.remedy) from (
    select * from ops.promotion_advice(pg_temp.release('after closed'), 'production')
    union all
    select * from ops.promotion_blockers(pg_temp.release('after closed'), 'production')
  ) as a
  where a.kind = 'objected_elsewhere'
$$;
select set_config('pgtap.remedy', pg_temp.remedy(), true);
select pg_temp.as_person('release_manager', 'rm-2', 'select ops.close_release(%L, ''superseded'') ->> ''closed_by''',
  pg_temp.release('closed')::text);
select ok(
  current_setting('pgtap.remedy') like 'ci_service_role: %'
  and pg_temp.remedy() like 'release_manager: %gate_bypass%G3%',
  'where the other release is closed, the remedy is another commit or a bypass of G3'
);

-- Many releases of one commit: the answer is bounded, and closes.
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "objected_elsewhere"}]', 'pgtap/project');
select pg_temp.open_at('many ' || n, 'c-many') from generate_series(1, 102) as n;
select pg_temp.build('many ' || n, 100, 'fail') from generate_series(1, 100) as n;
select pg_temp.build('many ' || n, 120, 'pass') from generate_series(1, 100) as n;
select pg_temp.pass_gates('many 102');
select is(pg_temp.eligible('many 102', 'production'), true, '100 releases that were stopped once are looked at');
select pg_temp.build('many 101', 100, 'fail');
select pg_temp.build('many 101', 120, 'pass');
select is(pg_temp.eligible('many 102', 'production'), false, 'more of them count as a stop');

select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "environment_healthy", "enforcement": "advisory"}]', 'pgtap/project');
select pg_temp.open_at('advised', 'c-many');
select pg_temp.pass_gates('advised');
select is(
  pg_temp.asked('advised'), ' | G3 environment_healthy G3 objected_elsewhere',
  'a policy may only advise; both are shown'
);

select finish();
rollback;
