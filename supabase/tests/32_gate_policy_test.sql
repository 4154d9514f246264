begin;
create extension if not exists pgtap with schema extensions;
select plan(44);

\ir helpers/functions.psql

create function pg_temp.policy(gate text, requirements jsonb, project text default null) returns text[]
language sql as $$
  select array(
    select p.release_name || ' ' || p.touched
    from ops.set_gate_policy(gate, requirements, project) as p
    where p.release_project like 'pgtap/%'
    order by 1
  )
$$;
create function pg_temp.asked(name text, code text) returns text[]
language sql as $$
  select array(
    select concat_ws(' ', f.enforcement, f.kind, f.subject)
    from ops.gate_findings(pg_temp.gate(name, code)) as f
    order by 1
  )
$$;

set local role service_role;
\ir helpers/members.psql

-- A change is for releases that are opened from then on.
select pg_temp.open('before');
select is(
  pg_temp.policy(
    'G1', '[{"kind": "check", "subject": "build"}, {"kind": "check", "subject": "scan"}]', 'pgtap/project'
  ),
  array['before false'], 'the open releases are named, and that the change does not touch them'
);
select pg_temp.open('after');
select is(
  pg_temp.asked('before', 'G1'),
  array['advisory evidence build_log', 'blocking check build', 'blocking no_failed_checks'],
  'a release that was opened before is judged as before'
);
select is(
  pg_temp.asked('after', 'G1'), array['blocking check build', 'blocking check scan'],
  'one that is opened after is judged by the project''s own rows, and not by the defaults'
);
select is(cardinality(pg_temp.asked('after', 'G2')), 4, 'its other gates by the defaults');
select pg_temp.build(t.name, 1, 'pass') from unnest(array['before', 'after']) as t (name);
select is(
  array[pg_temp.stored('before', 'G1'), pg_temp.stored('after', 'G1')], array['passed', 'in_progress'],
  'and the verdicts follow'
);
select pg_temp.policy('G1', '[]', 'pgtap/project');
select pg_temp.open('back');
select is(
  pg_temp.asked('back', 'G1'), pg_temp.asked('before', 'G1'),
  'an empty policy of a project: back to the defaults'
);
select is(
  ops.gate_status_at(pg_temp.gate('after', 'G1'), clock_timestamp()), 'in_progress', 'what was decided is not rewritten'
);
select pg_temp.policy('G1', '[{"kind": "check", "subject": "compile"}]');
select pg_temp.open('new default');
select is(pg_temp.asked('new default', 'G1'), array['blocking check compile'], 'the defaults can be changed as well');
select is(pg_temp.asked('back', 'G1'), pg_temp.asked('before', 'G1'), 'again for later releases alone');

-- Rows are closed and opened, never edited.
select is_empty(
  $$ select q.requirement_id from ops.gate_requirements q
     where q.created_at >= now() and q.valid_from < now() $$,
  'no row is back-dated'
);
select throws_ok(
  $$ insert into ops.gate_requirements (gate_code, kind, subject, valid_from) values ('G1', 'check', 'x', now()) $$,
  '42501', null, 'the service role does not write them directly'
);
set local role none;
select throws_ok(
  format('update ops.gate_requirements set %s', t.change), 'OPS05', null, format('a requirement keeps: %s', t.change)
)
from unnest(array[
  'min_count = min_count + 1', 'subject = ''other''', 'enforcement = ''advisory''', 'separation_of_duties = false',
  'valid_from = valid_from - interval ''1 day''', 'project = ''other'''
]) as t (change);
set local role service_role;

-- What is refused.
select throws_ok(
  format('select ops.set_gate_policy(%L, %L)', t.gate, t.requirements), 'OPS10', null, t.description
)
from (
  values
  ('G5', '[{"kind": "check", "subject": "build"}]', 'an unknown gate is refused'),
  ('G1', '{"kind": "check", "subject": "build"}', 'what is not a list is refused'),
  ('G1', null, 'no policy is refused'),
  ('G1', '[{"kind": "wish", "subject": "build"}]', 'an unknown kind is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "colour": "red"}]', 'an unknown field is refused'),
  ('G1', '[{"kind": "check", "subject": "  "}]', 'a blank subject is refused'),
  ('G2', '[{"kind": "approval", "subject": "manager"}]', 'an unknown persona is refused'),
  ('G2', '[{"kind": "evidence", "subject": "test_result|rumour"}]', 'an unknown artifact type is refused'),
  ('G2', '[{"kind": "evidence", "subject": ""}]', 'evidence of no type is refused'),
  ('G2', '[{"kind": "prior_gate", "subject": "G3"}]', 'a gate that waits for a later one is refused'),
  ('G2', '[{"kind": "deployment_health"}]', 'the health of a deployment before there is one is refused'),
  ('G1', '[{"kind": "check", "subject": "build"}, {"kind": "check", "subject": "build"}]',
    'the same need twice is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "min_count": 0}]', 'a count of none is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "separation_of_duties": false}]',
    'duties are joined for approvals alone'),
  ('G1', '[]', 'defaults that are empty are refused'),
  ('G1', '[{"kind": "check", "subject": "build", "enforcement": "advisory"}]',
    'a gate with nothing blocking is refused')
) as t (gate, requirements, description);
select throws_ok(
  $$ select ops.set_gate_policy(
    'G1', '[{"kind": "evidence", "subject": "build_log", "enforcement": "advisory"}]', 'pgtap/project') $$,
  'OPS10', null, 'a project too keeps something that blocks'
);
select is(pg_temp.asked('new default', 'G1'), array['blocking check compile'], 'what was refused changed nothing');

-- Separation of duties is switched off in so many words, or not at all.
select pg_temp.policy('G3', '[{"kind": "approval", "subject": "release_manager"}]', 'pgtap/project');
select pg_temp.open('strict', initiator => 'rm-1');
select pg_temp.sign('strict', 1, 'G3', 'rm-1', 'approved');
select is(pg_temp.stored('strict', 'G3'), 'in_progress', 'a policy that does not say separates duties');
select pg_temp.policy(
  'G3', '[{"kind": "approval", "subject": "release_manager", "separation_of_duties": false}]', 'pgtap/project'
);
select pg_temp.open('joined', initiator => 'rm-1');
select pg_temp.sign('joined', 1, 'G3', 'rm-1', 'approved');
select is(pg_temp.stored('joined', 'G3'), 'passed', 'one that says so joins them');
select throws_ok(
  $$ select pg_temp.as_person(
    'release_manager', 'rm-1',
    'select release_id from ops.set_gate_policy(''G1'', ''[{"kind": "check", "subject": "b"}]'')') $$,
  '42501', null, 'a release manager does not change the policy'
);

-- Whoever goes round the function lets no release through.
set local role none;
insert into ops.gate_requirements (project, gate_code, kind, subject, enforcement, valid_from)
values ('pgtap/project', 'G2', 'evidence', 'test_result', 'advisory', clock_timestamp());
set local role service_role;
select pg_temp.open('lax');
select pg_temp.build('lax', 1, 'pass');
select is(
  pg_temp.asked('lax', 'G2'), array['advisory evidence test_result', 'blocking'],
  'a gate of which nothing is asked says so'
);
select is(pg_temp.stored('lax', 'G2'), 'pending', 'and does not pass');
select is(
  array(
    select b.gate_code::text
    from ops.promotion_blockers(pg_temp.release('lax'), 'staging') as b
    where b.kind is null
  ), array['G2'], 'and keeps the release out of staging'
);

-- An objection counts where the policy only advises an approval, in every answer.
select pg_temp.policy('G2', '[{"kind": "no_failed_checks"},
  {"kind": "approval", "subject": "release_manager", "enforcement": "advisory"}]', 'pgtap/advised');
select ops.open_release('pgtap/advised', 'advised', 'production', 'sha-1', initiating_actor => 'dev-1');
create function pg_temp.advised(code text) returns uuid
language sql stable as $$
  select g.gate_id
  from ops.release_gates g
  join ops.releases r on r.release_id = g.release_id
  where r.project = 'pgtap/advised' and g.gate_code::text = code
$$;
select ops.ingest_event(pg_temp.event('gate_signoff', 'advised', 1, '{"decision": "rejected", "approver_id": "qa-1",
    "persona_role": "qa_tester", "rationale_structured": {"criteria": "not met"}}', 'G2')
  || jsonb_build_object('release_id', (
    select r.release_id
    from ops.releases as r
    where r.project = 'pgtap/advised'
  )));
select results_eq(
  $$ select g.status::text, array(
       select concat_ws(' ', f.enforcement, f.subject, f.state) from ops.gate_findings(g.gate_id) as f order by 1)
     from ops.release_gates g where g.gate_id = pg_temp.advised('G2') $$,
  $$ values ('failed', array[
    'advisory release_manager unsatisfied', 'blocking qa_tester failed', 'blocking satisfied']) $$,
  'the finding that fails the gate is listed with those that only advise'
);

-- A gate that waits for two names the first of them, whichever moved last.
select pg_temp.policy('G3', '[{"kind": "prior_gate", "subject": "G1"}, {"kind": "prior_gate", "subject": "G2"}]',
  'pgtap/project');
select pg_temp.policy('G1', '[{"kind": "check", "subject": "build"}]', 'pgtap/project');
select pg_temp.open('queued');
select pg_temp.build('queued', 1, 'pass');
select is(
  (
    select g.waits_for::text
    from ops.release_gates as g
    where g.gate_id = pg_temp.gate('queued', 'G3')
  ), 'G2', 'the build passed, so it waits for the tester'
);
select pg_temp.build('queued', 2, 'fail');
select is(
  (
    select g.waits_for::text
    from ops.release_gates as g
    where g.gate_id = pg_temp.gate('queued', 'G3')
  ), 'G1', 'the build failed after all, so it waits for that'
);

select finish();
rollback;
