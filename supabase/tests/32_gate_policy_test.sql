begin;
create extension if not exists pgtap with schema extensions;
select plan(76);

\ir helpers/functions.psql

create function pg_temp.policy(gate text, requirements jsonb, project text default null) returns text[]
language sql as $$
  select array(
    select p.release_name
    from pg_temp.set_policy(gate, requirements, project) as p
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

-- A change of the policy applies to releases that are opened later.
select pg_temp.open('before');
select is(
  pg_temp.policy(
    'G1', '[{"kind": "check", "subject": "build"}, {"kind": "check", "subject": "scan"}]', 'pgtap/project'
  ),
  array['before'], 'the answer lists the open releases, which keep their policy'
);
select pg_temp.open('after');
select is(
  pg_temp.asked('before', 'G1'),
  array['advisory evidence build_log', 'blocking check build', 'blocking no_failed_checks'],
  'a release that was opened before is judged as before'
);
select is(
  pg_temp.asked('after', 'G1'), array['blocking check build', 'blocking check scan'],
  'a release that was opened after is judged by the project''s own policy'
);
select is(
  cardinality(pg_temp.asked('after', 'G2')), 4, 'gates without a policy of the project are judged by the defaults'
);
select pg_temp.build(t.name, 1, 'pass') from unnest(array['before', 'after']) as t (name);
select is(
  array[pg_temp.stored('before', 'G1'), pg_temp.stored('after', 'G1')], array['passed', 'in_progress'],
  'a gate passes or not by the policy of its release'
);
select pg_temp.policy('G1', '[]', 'pgtap/project');
select pg_temp.open('back');
select is(
  pg_temp.asked('back', 'G1'), pg_temp.asked('before', 'G1'),
  'an empty policy of a project restores the defaults'
);
select is(
  ops.gate_status_at(pg_temp.gate('after', 'G1'), clock_timestamp()), 'in_progress',
  'a change of the policy does not change an earlier verdict'
);
select pg_temp.policy('G1', '[{"kind": "check", "subject": "compile"}]');
select pg_temp.open('new default');
select is(pg_temp.asked('new default', 'G1'), array['blocking check compile'], 'the defaults can be changed');
select is_empty(
  $$ select q.requirement_id from ops.gate_requirements q
     where q.closed_by is distinct from case when q.valid_to is not null then 'service_role' end $$,
  'each closed row says who closed it'
);
select is(
  pg_temp.asked('back', 'G1'), pg_temp.asked('before', 'G1'), 'a change of the defaults applies to later releases only'
);

-- A change closes rows and adds rows. It never edits a row's content.
select is_empty(
  $$ select q.requirement_id from ops.gate_requirements q
     where q.created_at >= now() and q.valid_from < now() $$,
  'no row is back-dated'
);
select throws_ok(
  $$ insert into ops.gate_requirements (gate_code, kind, subject, valid_from) values ('G1', 'check', 'x', now()) $$,
  '42501', null, 'the service role cannot insert a requirement'
);
set local role none;
select throws_ok(
  format('update ops.gate_requirements set %s', t.change), 'OPS05', null, format('a requirement keeps: %s', t.change)
)
from unnest(array[
  'min_count = min_count + 1', 'subject = ''other''', 'enforcement = ''advisory''', 'not_initiator = false',
  'one_gate = false',
  'valid_from = valid_from - interval ''1 day''', 'project = ''other'''
]) as t (change);

-- Whoever writes: a row starts and ends at the moment of the statement, and ends once.
insert into ops.gate_requirements (project, gate_code, kind, subject, valid_from, valid_to, closed_by)
values ('pgtap/written', 'G1', 'check', 'now', '2001-01-01 00:00:00+00', '2002-01-01 00:00:00+00', 'forger');
create function pg_temp.written() returns text
language sql stable as $$
  select concat_ws(' ',
    case when q.valid_from between now() and clock_timestamp() then 'now' else 'forged' end,
    case when q.valid_to is null then 'open' when q.valid_to between q.valid_from and clock_timestamp() then 'closed'
      else 'forged' end, q.closed_by)
  from ops.gate_requirements q where q.project = 'pgtap/written'
$$;
select is(pg_temp.written(), 'now open', 'a row that the owner inserts starts now and is open');
select lives_ok(
  $$ update ops.gate_requirements set valid_to = null where project = 'pgtap/written' $$,
  'an update that changes nothing is no change'
);
select is(pg_temp.written(), 'now open', 'and closes nothing');
update ops.gate_requirements set valid_to = '2001-06-01 00:00:00+00', closed_by = 'forger'
where project = 'pgtap/written';
select is(
  pg_temp.written(), 'now closed ' || session_user, 'a row that the owner closes ends now, in the name of the owner'
);
select throws_ok(
  format('update ops.gate_requirements set %s where project = ''pgtap/written''', t.change), 'OPS05', null,
  format('a closed requirement keeps: %s', t.change)
)
from unnest(array[
  'valid_to = null, closed_by = null', 'valid_to = clock_timestamp()', 'closed_by = ''forger'''
]) as t (change);
set local role service_role;

-- Refused policies.
select throws_ok(
  format('select pg_temp.set_policy(%L, %L)', t.gate, t.requirements), 'OPS10', null, t.description
)
from (
  values
  ('G5', '[{"kind": "check", "subject": "build"}]', 'an unknown gate is refused'),
  ('G1', '{"kind": "check", "subject": "build"}', 'what is not a list is refused'),
  ('G1', null, 'a null policy is refused'),
  ('G1', '[{"kind": "wish", "subject": "build"}]', 'an unknown kind is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "colour": "red"}]', 'an unknown field is refused'),
  ('G1', '[{"kind": "check", "subject": "  "}]', 'a blank subject is refused'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "min_count": "2"}]', 'a number in quotes is refused'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "min_count": true}]', 'true is no number'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "min_count": 1.0}]', 'a number with a fraction is refused'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "valid_for": "60"}]', 'a time in quotes is refused'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "not_initiator": "no"}]', 'a word is no truth value'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "one_gate": 0}]', 'a number is no truth value'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "own_token": "yes"}]', 'nor is another word'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "aal2": 1}]', 'nor is a number'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "aal2": true, "accept_sso": "true"}]', 'nor true in quotes'),
  ('G2', '[{"kind": "evidence", "subject": "test_result", "require_hash": "t"}]', 'nor a letter'),
  ('G1', '[{"kind": "check", "subject": 7}]', 'a subject that is no text is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "enforcement": ["blocking"]}]', 'an enforcement in a list is refused'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "approvers": "{qa-1}"}]',
    'approvers that are no list are refused'),
  ('G2', '[{"kind": "approval", "subject": "qa_tester", "approvers": [7]}]', 'and those that are no texts'),
  ('G2', '[{"kind": "approval", "subject": "manager"}]', 'an unknown persona is refused'),
  ('G2', '[{"kind": "evidence", "subject": "test_result|rumour"}]', 'an unknown artifact type is refused'),
  ('G2', '[{"kind": "evidence", "subject": ""}]', 'evidence of no type is refused'),
  ('G2', '[{"kind": "prior_gate", "subject": "G3"}]', 'a gate that waits for a later one is refused'),
  ('G2', '[{"kind": "deployment_health"}]', 'the health of a deployment before there is one is refused'),
  ('G1', '[{"kind": "check", "subject": "build"}, {"kind": "check", "subject": "build"}]',
    'the same requirement twice is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "min_count": 0}]', 'a count of 0 is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "not_initiator": false}]',
    'not_initiator is refused for other kinds than approval'),
  ('G1', '[{"kind": "check", "subject": "build", "one_gate": false}]', 'and so is one_gate'),
  ('G3', '[{"kind": "approval", "subject": "sre", "one_gate": false}, {"kind": "approval", "subject": "qa_tester"}]',
    'approvals of a gate that differ in one_gate are refused'),
  ('G3', '[{"kind": "approval", "subject": "sre", "one_gate": false, "enforcement": "advisory"},
    {"kind": "approval", "subject": "qa_tester", "one_gate": true}]', 'advisory ones too'),
  ('G3', (select jsonb_agg(jsonb_build_object('kind', 'approval', 'subject', 'sre', 'approvers', a.names))::text
    from generate_series(1, 100) as n, (
      select jsonb_agg('nobody-' || i) as names from generate_series(1, 50) as i) as a),
    'the same 100 times is refused before its names are looked up'),
  ('G1', '[]', 'an empty default policy is refused'),
  ('G1', '[{"kind": "check", "subject": "build", "enforcement": "advisory"}]',
    'a gate with nothing blocking is refused')
) as t (gate, requirements, description);
select throws_ok(
  $$ select pg_temp.set_policy(
    'G1', '[{"kind": "evidence", "subject": "build_log", "enforcement": "advisory"}]', 'pgtap/project') $$,
  'OPS10', null, 'a project''s policy without a blocking requirement is refused'
);
select is(pg_temp.asked('new default', 'G1'), array['blocking check compile'], 'a refused policy changes nothing');
select lives_ok(
  $$ select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "min_count": null,
    "not_initiator": null, "one_gate": null, "valid_for": null, "own_token": null, "approvers": null, "enforcement": null}]',
    'pgtap/advised') $$, 'null is left out'
);

-- Whose approval counts: each of the two switches alone, both, and neither.
create function pg_temp.sign_as(name text, gate text, who text, persona text) returns text
language sql as $$
  select a -> 'detail' ->> 'counts'
  from ops.ingest_event(pg_temp.event('gate_signoff', name, 120, jsonb_build_object(
    'decision', 'approved', 'approver_id', who, 'persona_role', persona,
    'rationale_structured', '{"criteria": "met"}'::jsonb), gate)) as a
$$;
select pg_temp.policy('G3', '[{"kind": "approval", "subject": "release_manager"}]', 'pgtap/project');
select pg_temp.open('strict', initiator => 'rm-1');
select pg_temp.sign('strict', 1, 'G3', 'rm-1', 'approved');
select is(pg_temp.stored('strict', 'G3'), 'in_progress', 'duties are separated by default');
select pg_temp.grant_to('rm-1', 'qa_tester');
select pg_temp.grant_to('rm-2', 'qa_tester');
create temporary table switched as
select
  a.not_initiator,
  o.one_gate,
  s.story,
  format('%s, not_initiator %s, one_gate %s', s.story, a.not_initiator, o.one_gate) as name,
  s.person,
  s.other_gate,
  s.other_persona
from unnest(array[true, false]) as a (not_initiator)
cross join unnest(array[true, false]) as o (one_gate)
cross join (values
  ('by the initiator', 'rm-1', null, null), ('after G2', 'rm-2', 'G2', 'release_manager'),
  ('in two personas', 'rm-2', 'G3', 'qa_tester'), ('by the initiator after G2', 'rm-1', 'G2', 'qa_tester')
) as s (story, person, other_gate, other_persona);
create temporary table opened as
select
  pg_temp.policy('G3', format('[{"kind": "approval", "subject": "release_manager", "not_initiator": %1$s,
    "one_gate": %2$s}, {"kind": "approval", "subject": "qa_tester", "one_gate": %2$s}]',
    s.not_initiator::text, s.one_gate::text)::jsonb,
    'pgtap/project') as policy,
  pg_temp.open(s.name, initiator => 'rm-1') as release,
  pg_temp.sign_as(s.name, s.other_gate, s.person, s.other_persona) as before
from (
  select * from switched
  order by not_initiator, one_gate, story
) as s;
create temporary table signed as
select
  s.name,
  pg_temp.sign_as(s.name, 'G3', s.person, 'release_manager') as counts
from switched as s;
select is(
  (
    select array_agg(
      concat_ws(', ', f.state, case when f.state <> 'satisfied' then concat_ws(' ', 'not',
        case when f.detail like '%the initiator%' then 'of the initiator' end,
        case when f.detail like '%an earlier gate, or this one in another role%' then 'of who approved before' end,
        case when f.remedy like '%other than the initiator%' then 'and ask another one' end) end,
        case when i.counts = 'false' then 'said so' end)
      order by s.not_initiator desc, s.one_gate desc
    )
    from switched as s
    inner join signed as i on s.name = i.name
    cross join lateral ops.gate_findings(pg_temp.gate(s.name, 'G3')) as f
    where s.story = t.story and f.kind = 'approval' and f.subject = 'release_manager'
  ), t.expected::text[], 'with both, one and neither of the switches an approval ' || t.story || ' counts so'
)
from (values
  ('by the initiator', array['unsatisfied, not of the initiator and ask another one, said so',
    'unsatisfied, not of the initiator and ask another one, said so', 'satisfied', 'satisfied']),
  ('after G2', array['unsatisfied, not of who approved before and ask another one, said so', 'satisfied',
    'unsatisfied, not of who approved before, said so', 'satisfied']),
  ('in two personas', array['unsatisfied, not of who approved before and ask another one, said so', 'satisfied',
    'unsatisfied, not of who approved before, said so', 'satisfied']),
  ('by the initiator after G2', array['unsatisfied, not of the initiator and ask another one, said so',
    'unsatisfied, not of the initiator and ask another one, said so',
    'unsatisfied, not of who approved before, said so', 'satisfied'])
) as t (story, expected);
set local role none;
select is(
  (select array_agg(to_jsonb(f) order by f.subject) from (
    select e.* from ops_private.policy_entries(
      '[{"kind": "approval", "subject": "a", "not_initiator": false}, {"kind": "approval", "subject": "b",
        "one_gate": false, "min_count": 2, "own_token": true}]', null) as e
  ) as f),
  (select array_agg('{"kind": "approval", "min_count": 1, "enforcement": "blocking", "not_initiator": true,
    "one_gate": true, "valid_for": null, "require_hash": false, "own_token": false, "aal2": false,
    "accept_sso": false, "approvers": null}'::jsonb || d.own order by d.own ->> 'subject')
   from unnest(array['{"subject": "a", "not_initiator": false}',
     '{"subject": "b", "one_gate": false, "min_count": 2, "own_token": true}']::jsonb[]) as d (own)),
  'what a requirement leaves out has its default'
);
set local role service_role;
select throws_ok(
  $$ select pg_temp.as_person(
    'release_manager', 'rm-1',
    'select release_id from ops.set_gate_policy(''G1'', ''[{"kind": "check", "subject": "b"}]'', null, ''rm-1'',
      ''why'')') $$,
  '42501', null, 'a release manager cannot change the policy'
);

-- A row that is inserted without the function cannot let a release through.
set local role none;
insert into ops.gate_requirements (project, gate_code, kind, subject, enforcement)
values ('pgtap/project', 'G2', 'evidence', 'test_result', 'advisory');
set local role service_role;
select pg_temp.open('lax');
select pg_temp.build('lax', 1, 'pass');
select is(
  pg_temp.asked('lax', 'G2'), array['advisory evidence test_result', 'blocking'],
  'a gate without a blocking requirement has a blocking finding'
);
select is(pg_temp.stored('lax', 'G2'), 'pending', 'a gate without a blocking requirement does not pass');
select is(
  array(
    select b.gate_code::text
    from ops.promotion_blockers(pg_temp.release('lax'), 'staging') as b
    where b.kind is null
  ), array['G2'], 'a gate without a blocking requirement blocks staging'
);

-- An objection fails a gate, even if the policy's approval is advisory.
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
  'the findings list the rejection beside the advisory approval'
);

-- A gate that waits for two gates names the first of them, whichever changed last.
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
  ), 'G2', 'once the build passed, G3 waits for G2'
);
select pg_temp.build('queued', 2, 'fail');
select is(
  (
    select g.waits_for::text
    from ops.release_gates as g
    where g.gate_id = pg_temp.gate('queued', 'G3')
  ), 'G1', 'once the build failed, G3 waits for G1'
);

select finish();
rollback;
