begin;
create extension if not exists pgtap with schema extensions;
select plan(20);

\ir helpers/functions.psql

-- What people cannot satisfy: code, project, gate or gates, persona, needed and able, and stops.
create function pg_temp.warnings(project text default null) returns text[]
language sql as $$
  select array(
    select concat_ws(' ', w.code, w.project, w.gate_code, array_to_string(w.names, '+'), w.persona,
      w.able || '/' || w.needed, case when w.stops then 'stops' end,
      case when w.change_id is not null then 'proposed' end)
    from ops.policy_warnings(warnings.project) as w order by 1)
$$;
create function pg_temp.member(who text, role text, project text) returns void
language sql as $$ select ops.grant_membership(who, role, project, null, pg_temp.wanting(), 'a test') $$;
create function pg_temp.leaves(who text) returns text[]
language sql as $$
  select array(
    select concat_ws(' ', w ->> 'code', w ->> 'project')
    from jsonb_array_elements(ops.revoke_membership(who, null, null, pg_temp.wanting(), 'left') -> 'warnings') as w
    order by 1)
$$;
create function pg_temp.proposed(who text, project text, gate text, needs jsonb, dropped jsonb default '[]')
returns text[]
language sql as $$
  select array(
    select e from jsonb_array_elements_text(pg_temp.as_person('release_manager', who, format(
      'select jsonb_path_query_array(ops.propose_gate_policy(%L, %L, %L, ''why'', %L), ''$.warnings[*].code'')::text',
      project, gate, needs, dropped))::jsonb) as e order by e)
$$;

-- One installation for itself: nobody, and no project.
set local role service_role;
select is(
  pg_temp.warnings(),
  array['too_few_managers release_manager 0/2', 'too_few_people G2 qa_tester 0/1 stops',
    'too_few_people G3 release_manager 0/1 stops', 'too_few_signers G2+G3 qa_tester 0/2 stops'],
  'without members nobody can approve anything'
);
select ops.grant_membership('rm-1', 'release_manager', null, null, 'the operator', 'the first');
select pg_temp.grant_to('rm-1', 'qa_tester');
select is(
  pg_temp.warnings(),
  array['too_few_managers release_manager 1/2', 'too_few_people G2 qa_tester 0/1 stops',
    'too_few_people G3 release_manager 0/1 stops', 'too_few_signers G2+G3 qa_tester 0/2 stops'],
  'one person with all roles is the initiator, and approves nothing'
);
select pg_temp.grant_to('dev-1', 'developer');
select is(
  pg_temp.warnings(), array['too_few_managers release_manager 1/2', 'too_few_signers G2+G3 qa_tester 1/2 stops'],
  'with another initiator they sign one gate, but not both'
);
select pg_temp.grant_to('qa-1', 'qa_tester');
select is(pg_temp.warnings(), array['too_few_managers release_manager 1/2'], 'three people ship a release');
select pg_temp.grant_to('bot-1', 'ci_service_role');
select is(pg_temp.leaves('dev-1'), array['too_few_managers', 'too_few_signers'],
  'a revocation says what the others cannot do any more');
select pg_temp.grant_to('dev-1', 'developer');
select pg_temp.grant_to('rm-2', 'release_manager');
select is(pg_temp.warnings(), '{}', 'four people are enough for everything');

-- Projects.
select ops.register_project(p.name, on_behalf_of => 'rm-1', reason => 'a test')
from unnest(array['pgtap/project', 'pgtap/other', 'pgtap/more']) as p (name);
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "min_count": 3}]', 'pgtap/project');
select is(
  pg_temp.warnings(), array['too_few_people pgtap/project G2 qa_tester 2/3 stops',
    'too_few_signers pgtap/project G2+G3 qa_tester 3/4 stops'],
  'a project is asked by its own policy'
);
select pg_temp.member('qa-p', 'qa_tester', 'pgtap/project');
select is(pg_temp.warnings(), '{}', 'and its own people count');
select is(
  pg_temp.proposed('rm-1', 'pgtap/project', 'G2', '[{"kind": "approval", "subject": "qa_tester", "min_count": 4}]',
    '[{"kind": "evidence", "subject": "test_result|uat_summary"}, {"kind": "no_failed_checks"},
      {"kind": "prior_gate", "subject": "G1"}]'),
  array['too_few_people', 'too_few_signers'], 'a proposal says what it would take'
);
select is(
  pg_temp.warnings(), array['too_few_people pgtap/project G2 qa_tester 3/4 stops proposed',
    'too_few_signers pgtap/project G2+G3 release_manager 4/5 stops proposed'],
  'so does whoever asks, as long as it is open'
);
select is(pg_temp.warnings('PGTAP/other'), '{}', 'other projects are as they are');
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "approvers": ["rm-1", "qa-1"]}]',
  'pgtap/other');
select is(
  pg_temp.warnings('pgtap/other'), array['idle_approvers pgtap/other G3 qa-1 release_manager 1/2'],
  'who is named and does not hold the role is named'
);
select is(
  pg_temp.leaves('rm-1'),
  array['idle_approvers pgtap/other', 'too_few_managers', 'too_few_managers pgtap/other',
    'too_few_managers pgtap/project', 'too_few_people pgtap/other', 'too_few_people pgtap/project',
    'too_few_signers pgtap/other', 'too_few_signers pgtap/project'],
  'each warning appears at the revocation'
);
-- Requirements in two personas of one gate take two people; without separation of duties one suffices.
select pg_temp.set_policy('G2', '[]', 'pgtap/project');
select pg_temp.grant_to('rm-1', 'release_manager');
select pg_temp.set_policy('G3', '[]', 'pgtap/other');
select pg_temp.member('both', r.role, 'pgtap/more') from unnest(array['sre', 'release_manager']) as r (role);
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "approvers": ["both"]},
  {"kind": "approval", "subject": "sre"}]', 'pgtap/more');
select is(
  pg_temp.warnings('pgtap/more'), array['too_few_signers pgtap/more G3 release_manager 1/2 stops'],
  'nobody counts for two requirements of a gate'
);
-- Who approved an earlier gate may sign this one where one_gate is not asked.
create function pg_temp.both_sign(one_gate boolean) returns text[]
language sql as $$
  select pg_temp.set_policy(g.code, format('[{"kind": "approval", "subject": "release_manager", "approvers": ["both"],
    "one_gate": %s}]', one_gate::text)::jsonb, 'pgtap/more') from unnest(array['G2', 'G3']) as g (code);
  select pg_temp.warnings('pgtap/more')
$$;
select is(
  pg_temp.both_sign(true), array['too_few_signers pgtap/more G2+G3 release_manager 1/2 stops'],
  'nobody signs two gates'
);
select is(pg_temp.both_sign(false), '{}', 'unless policy lets them');
select pg_temp.both_sign(true);
select is(
  array[
    pg_temp.as_person('release_manager', 'both', 'select count(*) from ops.policy_warnings()'),
    pg_temp.as_person('release_manager', 'rm-1', 'select count(*) from ops.policy_warnings(''pgtap/more'')')
  ], array['1', '1'], 'a manager is told of their own projects'
);
select throws_ok(
  $$ select pg_temp.as_person('release_manager', 'both',
    'select count(*) from ops.policy_warnings(''pgtap/other'')') $$,
  '42501', null, 'and of no other'
);
select throws_ok(
  $$ select pg_temp.as_person('qa_tester', 'qa-1', 'select count(*) from ops.policy_warnings()') $$,
  '42501', null, 'testers are not told'
);
-- What is found for one of the projects that are alike holds for the others.
reset role;
select setseed(0.5);
select ops.register_project('pgtap/' || n, on_behalf_of => 'rm-1', reason => 'a test') from generate_series(1, 40) as n;
select ops.grant_membership(x.who, x.role, x.project, null, 'rm-1', 'a test') from (
  select distinct
    (array['a', 'b', 'c', 'd', 'e' || n, 'f' || n])[ceil(random() * 6)::integer] as who,
    (array['release_manager', 'qa_tester', 'sre', 'developer'])[ceil(random() * 4)::integer] as role,
    'pgtap/' || n as project
  from generate_series(1, 40) as n, generate_series(1, 4)
) as x;
select ops.grant_membership(who, 'qa_tester', null, null, 'rm-1', 'a test') from unnest(array['a', 'z']) as who;
-- Of those whom the defaults name, c is a tester only where a project says so.
select ops.grant_membership('c', 'developer', null, null, 'rm-1', 'a test');
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "approvers": ["z", "c"]}]');
select pg_temp.set_policy('G3', jsonb_build_array(jsonb_build_object(
  'kind', 'approval', 'subject', 'release_manager', 'approvers', m.names)), m.project
) from (
  select
v.project,
array_agg(distinct v.recorded_as) as names
from ops.v_memberships as v
  where v.project ~ '/[0-9]*[159]$'
group by v.project
having 'release_manager' = any(array_agg(v.role))
) as m;
select set_eq(
  $$ select w::text from ops_private.warnings_in_force(array(select ops_private.warned_projects())) as w $$,
  $$ select w::text from ops_private.warned_projects() as p cross join lateral ops_private.warnings_of(p) as w $$,
  'each project has the warnings that it would have alone'
);
select finish();
rollback;
