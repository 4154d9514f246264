begin;
create extension if not exists pgtap with schema extensions;
select plan(48);

\ir helpers/functions.psql

create function pg_temp.finding(name text, code text) returns text
language sql as $$
  select f.state::text
  from ops.gate_findings(pg_temp.gate(name, code)) f
  where f.kind = 'approval'
$$;
create function pg_temp.built(name text, initiator text default 'dev-1') returns void
language sql as $$
  select pg_temp.open(name, initiator => initiator);
  select pg_temp.build(name, 1, 'pass');
$$;
create function pg_temp.policy_gate(of text) returns uuid
language sql as $$
  select g.gate_id
  from ops.release_gates g
  join ops.releases r on r.release_id = g.release_id
  where g.gate_code = 'G1' and r.project = of
$$;
create function pg_temp.approve(gate uuid, who text) returns text
language sql as $$
  insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope)
  select g.release_id, g.gate_id, who, 'release_manager', 'approved', 'gate'
  from ops.release_gates g
  where g.gate_id = gate;
  select g.status::text
  from ops.release_gates g
  where g.gate_id = gate;
$$;

set local role service_role;
\ir helpers/members.psql

-- A sign-off of G2.
select pg_temp.built('sign-off');
select pg_temp.sign('sign-off', 10, 'G2', 'qa-1', 'approved');
select is(pg_temp.stored('sign-off', 'G2'), 'in_progress', 'an approval without evidence does not pass G2');
select pg_temp.sign('sign-off', 11, 'G2', 'qa-1', 'approved', 'build_log');
select is(pg_temp.stored('sign-off', 'G2'), 'in_progress', 'evidence of another type does not either');
select pg_temp.sign('sign-off', 12, 'G2', 'qa-1', 'approved', 'uat_summary');
select is(pg_temp.stored('sign-off', 'G2'), 'passed', 'an approval with a UAT summary does');
select pg_temp.built('evidence alone');
insert into ops.evidence_artifacts (release_id, gate_id, artifact_type, source_system, artifact_url)
values (
  pg_temp.release('evidence alone'), pg_temp.gate('evidence alone', 'G2'), 'test_result', 'manual',
  'https://evidence.test/2'
);
select is(pg_temp.stored('evidence alone', 'G2'), 'in_progress', 'evidence without an approval does not pass G2');
select pg_temp.sign('evidence alone', 12, 'G2', 'qa-1', 'approved');
select is(pg_temp.stored('evidence alone', 'G2'), 'passed', 'an approval with evidence that was there before does');
select pg_temp.open('early');
select pg_temp.sign('early', 10, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.stored('early', 'G2'), 'in_progress', 'G2 does not pass before G1');
select pg_temp.build('early', 11, 'pass');
select is(pg_temp.stored('early', 'G2'), 'passed', 'it passes in the same moment as G1');

-- The latest decision of each approver.
select pg_temp.built('rejection');
select pg_temp.sign('rejection', 10, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('rejection', 20, 'G2', 'qa-2', 'rejected');
select is(pg_temp.stored('rejection', 'G2'), 'failed', 'one rejection outweighs another person''s approval');
select pg_temp.sign('rejection', 21, 'G2', 'qa-1', 'approved');
select is(pg_temp.stored('rejection', 'G2'), 'failed', 'nobody else can take a rejection back');
select pg_temp.sign('rejection', 15, 'G2', 'qa-2', 'approved');
select is(pg_temp.stored('rejection', 'G2'), 'failed', 'an approval from before the rejection does not take it back');
select pg_temp.sign('rejection', 30, 'G2', 'qa-2', 'request_changes');
select is(
  pg_temp.stored('rejection', 'G2'), 'in_progress',
  'a request for changes holds the gate and does not fail it'
);
select is(pg_temp.finding('rejection', 'G2'), 'unsatisfied', 'it is an approval that is not satisfied');
select pg_temp.sign('rejection', 40, 'G2', 'qa-2', 'approved');
select is(pg_temp.stored('rejection', 'G2'), 'passed', 'who objected can approve later');
select pg_temp.built(t.name) from unnest(array['tie 1', 'tie 2']) as t (name);
select pg_temp.sign('tie 1', 10, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('tie 1', 10, 'G2', 'qa-1', 'rejected');
select pg_temp.sign('tie 1', 10, 'G2', 'qa-1', 'request_changes');
select is(pg_temp.stored('tie 1', 'G2'), 'failed', 'in a tie the rejection stands');
select pg_temp.sign('tie 2', 10, 'G2', 'qa-1', 'request_changes', 'test_result');
select pg_temp.sign('tie 2', 10, 'G2', 'qa-1', 'approved');
select is(pg_temp.stored('tie 2', 'G2'), 'in_progress', 'in a tie the request for changes outweighs the approval');

-- Separation of duties: the initiator.
select pg_temp.built('own', ' RM-Handle ');
select results_eq(
  $$ select initiating_actor from ops.releases where release_id = pg_temp.release('own') $$, array['rm-1'],
  'an initiator is resolved from a handle, blanks and case aside'
);
select pg_temp.sign('own', 10, 'G2', 'qa-1', 'approved', 'test_result');
select is(
  pg_temp.sign('own', 11, 'G3', 'rm-1', 'approved', 'rollback_plan'), 'accepted',
  'an initiator''s approval is recorded'
);
select is(pg_temp.stored('own', 'G3'), 'in_progress', 'and does not count');
select isnt_empty(
  $$ select f.detail from ops.gate_findings(pg_temp.gate('own', 'G3')) f
     where f.kind = 'approval' and f.state = 'unsatisfied' and f.detail like '%initiator%' $$,
  'and the finding says so'
);
select pg_temp.sign('own', 12, 'G3', 'rm-2', 'approved');
select is(pg_temp.stored('own', 'G3'), 'passed', 'another manager''s approval counts');
select pg_temp.sign('own', 13, 'G3', 'rm-1', 'rejected');
select is(pg_temp.stored('own', 'G3'), 'failed', 'an initiator''s rejection counts');
select pg_temp.built('own tests', 'qa-1');
select pg_temp.sign('own tests', 10, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.stored('own tests', 'G2'), 'in_progress', 'an initiator''s approval does not count on G2 either');
select pg_temp.sign('own tests', 11, 'G2', 'qa-2', 'approved');
select is(pg_temp.stored('own tests', 'G2'), 'passed', 'another tester''s does');

-- Separation of duties: G2 and G3.
select ops.grant_membership('both-1', 'qa_tester', 'both-handle');
select pg_temp.built('both');
select pg_temp.sign('both', 10, 'G2', 'both-1', 'approved', 'test_result');
select ops.grant_membership('both-1', 'release_manager');
select pg_temp.sign('both', 11, 'G3', 'both-1', 'approved', 'rollback_plan');
select is(pg_temp.stored('both', 'G3'), 'in_progress', 'who approved G2 does not count at G3');
select pg_temp.sign('both', 12, 'G3', 'rm-1', 'approved');
select is(pg_temp.stored('both', 'G3'), 'passed', 'somebody else does');
select pg_temp.ready('re-opened');
select is(pg_temp.stored('re-opened', 'G3'), 'passed', 'a gate that was passed');
select ops.grant_membership('rm-1', 'qa_tester');
select pg_temp.sign('re-opened', 20, 'G2', 'rm-1', 'approved');
select is(pg_temp.stored('re-opened', 'G2'), 'passed', 'a later approval of G2 by the approver of G3');
select is(pg_temp.stored('re-opened', 'G3'), 'in_progress', 're-opens G3');
select is(pg_temp.eligible('re-opened', 'production'), false, 'and keeps the release out of production');
select pg_temp.sign('re-opened', 30, 'G2', 'rm-1', 'request_changes');
select pg_temp.sign('re-opened', 31, 'G2', 'rm-1', 'rejected');
select is(
  (
    select f.state::text from ops.gate_findings(pg_temp.gate('re-opened', 'G3')) as f
    where f.kind = 'approval'
  ), 'satisfied', 'only a current approval of G2 stands in the way'
);
select ops.grant_membership('rm-1', 'release_manager');

-- Policy: per project, in force when the release was opened, and never by accident.
set local role none;
insert into ops.gate_requirements (project, gate_code, kind, subject, min_count, separation_of_duties, valid_from)
values
('pgtap/small', 'G1', 'approval', 'release_manager', 1, false, now() - interval '1 day'),
('pgtap/large', 'G1', 'approval', 'release_manager', 2, true, now() - interval '1 day'),
('pgtap/later', 'G1', 'approval', 'release_manager', 1, true, now() + interval '1 day');
select throws_ok(
  $$ insert into ops.gate_requirements (project, gate_code, kind, subject, separation_of_duties, valid_from)
     values ('pgtap/odd', 'G1', 'check', 'build', false, now()) $$,
  '23514', null, 'duties are joined for approvals alone'
);
select throws_ok(
  $$ insert into ops.gate_requirements (project, gate_code, kind, subject, valid_from)
     values ('pgtap/odd', 'G2', 'approval', 'manager', now()) $$,
  '23514', null, 'a requirement whose subject nobody can meet is refused'
);
set local role service_role;
select ops.open_release(t.project, 'r1', 'production', 'sha-1', initiating_actor => 'rm-1')
from unnest(array['pgtap/small', 'pgtap/large', 'pgtap/later']) as t (project);
select is(
  pg_temp.approve(pg_temp.policy_gate('pgtap/small'), 'rm-1'), 'passed', 'a project may count its initiator''s approval'
);
select is(pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-1'), 'in_progress', 'others do not');
select is(
  pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-2'), 'in_progress',
  'a project may need two approvals'
);
select ops.grant_membership('rm-3', 'release_manager');
select is(pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-2'), 'in_progress', 'of two people');
select is(pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-3'), 'passed', 'and then passes');
select pg_temp.same_rows(
  $$ select kind::text from ops.gate_findings(pg_temp.policy_gate('pgtap/later')) $$,
  $$ select unnest(array['check', 'no_failed_checks', 'evidence']) $$,
  'rows that were not in force when a release was opened do not judge it'
);

-- Objections on gates, and in personas, that need no approval.
select pg_temp.built('objection');
select is(pg_temp.stored('objection', 'G1'), 'passed', 'a gate that needs no approval');
select pg_temp.sign('objection', 10, 'G1', 'rm-1', 'request_changes');
select is(pg_temp.stored('objection', 'G1'), 'in_progress', 'a request for changes holds it all the same');
select pg_temp.sign('objection', 11, 'G1', 'rm-1', 'rejected');
select is(pg_temp.stored('objection', 'G1'), 'failed', 'and a rejection fails it');
select pg_temp.same_rows(
  $$ select gate_code::text, kind::text, subject, who
     from ops.promotion_blockers(pg_temp.release('objection'), 'staging')
     where state = 'failed' $$,
  $$ values ('G1', 'approval', 'release_manager', 'release_manager') $$,
  'and the blockers say whose'
);
select pg_temp.sign('objection', 12, 'G1', 'rm-1', 'approved');
select is(pg_temp.stored('objection', 'G1'), 'passed', 'until the same person approves');
select pg_temp.sign('objection', 20, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('objection', 21, 'G2', 'sre-1', 'rejected');
select is(pg_temp.stored('objection', 'G2'), 'failed', 'a rejection in a persona that is not asked for fails a gate');
select pg_temp.sign('objection', 22, 'G2', 'sre-1', 'approved');
select is(pg_temp.stored('objection', 'G2'), 'passed', 'an approval in such a persona takes it back');
select pg_temp.built('no tester');
select pg_temp.sign('no tester', 20, 'G2', 'rm-1', 'approved', 'test_result');
select is(pg_temp.stored('no tester', 'G2'), 'in_progress', 'and never replaces the persona that is asked for');
select pg_temp.sign('no tester', 30, 'G4', 'sre-1', 'rejected');
select is(pg_temp.stored('no tester', 'G4'), 'failed', 'a rejection of G4 fails it');
select pg_temp.ready('as a whole');
insert into ops.approvals (release_id, approver_id, persona_role, decision, scope)
values (pg_temp.release('as a whole'), 'rm-1', 'release_manager', 'rejected', 'release');
select is(pg_temp.stored('as a whole', 'G3'), 'passed', 'only gate-scoped decisions count on a gate');

select finish();
rollback;
