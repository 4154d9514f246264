begin;
create extension if not exists pgtap with schema extensions;
select plan(74);

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
  insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
  select g.release_id, g.gate_id, who, 'release_manager', 'approved', 'gate', '{"why": "known"}'
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
select is(
  pg_temp.stored('sign-off', 'G2'), 'in_progress', 'an approval with evidence of another type does not pass G2'
);
select pg_temp.sign('sign-off', 12, 'G2', 'qa-1', 'approved', 'uat_summary');
select is(pg_temp.stored('sign-off', 'G2'), 'passed', 'an approval with a UAT summary passes G2');
select pg_temp.built('evidence alone');
insert into ops.evidence_artifacts (release_id, gate_id, artifact_type, source_system, artifact_url)
values (
  pg_temp.release('evidence alone'), pg_temp.gate('evidence alone', 'G2'), 'test_result', 'manual',
  'https://evidence.test/2'
);
select is(pg_temp.stored('evidence alone', 'G2'), 'in_progress', 'evidence without an approval does not pass G2');
select pg_temp.sign('evidence alone', 12, 'G2', 'qa-1', 'approved');
select is(pg_temp.stored('evidence alone', 'G2'), 'passed', 'an approval with earlier evidence passes G2');
select pg_temp.open('early');
select pg_temp.sign('early', 10, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.stored('early', 'G2'), 'in_progress', 'G2 does not pass before G1');
select pg_temp.build('early', 11, 'pass');
select is(pg_temp.stored('early', 'G2'), 'passed', 'G2 passes in the same transaction as G1');

-- The latest decision of each approver.
select pg_temp.built('rejection');
select pg_temp.sign('rejection', 10, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('rejection', 20, 'G2', 'qa-2', 'rejected');
select is(pg_temp.stored('rejection', 'G2'), 'failed', 'one rejection outweighs another person''s approval');
select pg_temp.sign('rejection', 21, 'G2', 'qa-1', 'approved');
select is(pg_temp.stored('rejection', 'G2'), 'failed', 'only the person who rejected can withdraw the rejection');
select pg_temp.sign('rejection', 15, 'G2', 'qa-2', 'approved');
select is(pg_temp.stored('rejection', 'G2'), 'failed', 'an approval from before the rejection does not withdraw it');
select pg_temp.sign('rejection', 30, 'G2', 'qa-2', 'request_changes');
select is(
  pg_temp.stored('rejection', 'G2'), 'in_progress',
  'a request for changes keeps the gate in progress'
);
select is(pg_temp.finding('rejection', 'G2'), 'unsatisfied', 'a request for changes leaves the approval unsatisfied');
select pg_temp.sign('rejection', 120, 'G2', 'qa-2', 'approved');
select is(pg_temp.stored('rejection', 'G2'), 'passed', 'the person who objected can approve later');
select pg_temp.built(t.name) from unnest(array['tie 1', 'tie 2']) as t (name);
select pg_temp.sign('tie 1', 10, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('tie 1', 10, 'G2', 'qa-1', 'request_changes');
select pg_temp.sign('tie 1', 10, 'G2', 'qa-1', 'rejected');
select is(
  pg_temp.stored('tie 1', 'G2'), 'failed', 'of two objections at the same time, the one that was recorded last counts'
);
select pg_temp.sign('tie 2', 10, 'G2', 'qa-1', 'request_changes', 'test_result');
select pg_temp.sign('tie 2', 10, 'G2', 'qa-1', 'approved');
select is(
  pg_temp.stored('tie 2', 'G2'), 'in_progress',
  'of an approval and a request for changes at the same time, the request counts'
);

-- Separation of duties: the initiator.
select pg_temp.built('own', ' RM-Handle ');
select results_eq(
  $$ select initiating_actor from ops.releases where release_id = pg_temp.release('own') $$, array['rm-1'],
  'an initiator is found by handle, whatever the case and the blanks around it'
);
select pg_temp.sign('own', 10, 'G2', 'qa-1', 'approved', 'test_result');
select is(
  pg_temp.sign('own', 11, 'G3', 'rm-1', 'approved', 'rollback_plan'), 'accepted',
  'an initiator''s approval is recorded'
);
select is(pg_temp.stored('own', 'G3'), 'in_progress', 'an initiator''s approval does not count');
select isnt_empty(
  $$ select f.detail from ops.gate_findings(pg_temp.gate('own', 'G3')) f
     where f.kind = 'approval' and f.state = 'unsatisfied' and f.detail like '%initiator%' $$,
  'the finding stays unsatisfied after the initiator''s approval'
);
select pg_temp.sign('own', 12, 'G3', 'rm-2', 'approved');
select is(pg_temp.stored('own', 'G3'), 'passed', 'another manager''s approval counts');
select pg_temp.sign('own', 13, 'G3', 'rm-1', 'rejected');
select is(pg_temp.stored('own', 'G3'), 'failed', 'an initiator''s rejection counts');
select pg_temp.built('own tests', 'qa-1');
select pg_temp.sign('own tests', 10, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.stored('own tests', 'G2'), 'in_progress', 'an initiator''s approval does not count on G2 either');
select pg_temp.sign('own tests', 11, 'G2', 'qa-2', 'approved');
select is(pg_temp.stored('own tests', 'G2'), 'passed', 'another tester''s approval counts on G2');

-- Separation of duties: G2 and G3.
select pg_temp.grant_to('both-1', 'qa_tester', 'both-handle');
select pg_temp.built('both');
select pg_temp.sign('both', 10, 'G2', 'both-1', 'approved', 'test_result');
select pg_temp.grant_to('both-1', 'release_manager');
select pg_temp.sign('both', 11, 'G3', 'both-1', 'approved', 'rollback_plan');
select is(pg_temp.stored('both', 'G3'), 'in_progress', 'the approver of G2 does not count on G3');
select pg_temp.sign('both', 12, 'G3', 'rm-1', 'approved');
select is(pg_temp.stored('both', 'G3'), 'passed', 'another release manager counts on G3');
select pg_temp.ready('re-opened');
select is(pg_temp.stored('re-opened', 'G3'), 'passed', 'G3 passed with an approval');
select pg_temp.grant_to('rm-1', 'qa_tester');
select pg_temp.sign('re-opened', 20, 'G2', 'rm-1', 'approved');
select is(pg_temp.stored('re-opened', 'G2'), 'passed', 'the approver of G3 approves G2 later');
select is(pg_temp.stored('re-opened', 'G3'), 'in_progress', 'that approval puts G3 back in progress');
select is(
  pg_temp.eligible('re-opened', 'production'), false, 'that approval makes the release ineligible for production'
);
select pg_temp.sign('re-opened', 30, 'G2', 'rm-1', 'request_changes');
select pg_temp.sign('re-opened', 31, 'G2', 'rm-1', 'rejected');
select is(
  (
    select f.state::text from ops.gate_findings(pg_temp.gate('re-opened', 'G3')) as f
    where f.kind = 'approval'
  ), 'satisfied', 'an approval of G2 that was withdrawn does not stop its approver on G3'
);
select pg_temp.move_to('rm-1', 'release_manager');

-- Policy: per project, as it was in force when the release was opened.
set local role none;
insert into ops.gate_requirements (project, gate_code, kind, subject, min_count, not_initiator)
values
('pgtap/small', 'G1', 'approval', 'release_manager', 1, false),
('pgtap/large', 'G1', 'approval', 'release_manager', 2, true);
select throws_ok(
  format('insert into ops.gate_requirements (project, gate_code, kind, subject, %I)
     values (''pgtap/odd'', ''G1'', ''check'', ''build'', false)', t.switch),
  '23514', null, t.switch || ' can be false for approvals only'
)
from unnest(array['not_initiator', 'one_gate']) as t (switch);
select throws_ok(
  $$ insert into ops.gate_requirements (project, gate_code, kind, subject)
     values ('pgtap/odd', 'G2', 'approval', 'manager') $$,
  '23514', null, 'a requirement whose subject nobody can meet is refused'
);
set local role service_role;
select ops.open_release(t.project, 'r1', 'production', 'sha-1', initiating_actor => 'rm-1')
from unnest(array['pgtap/small', 'pgtap/large', 'pgtap/later']) as t (project);
set local role none;
insert into ops.gate_requirements (project, gate_code, kind, subject, valid_from)
values ('pgtap/later', 'G1', 'approval', 'release_manager', '2001-01-01 00:00:00+00');
set local role service_role;
select is(
  pg_temp.approve(pg_temp.policy_gate('pgtap/small'), 'rm-1'), 'passed', 'a project may count its initiator''s approval'
);
select is(
  pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-1'), 'in_progress',
  'other projects do not count the initiator''s approval'
);
select is(
  pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-2'), 'in_progress',
  'a project may need two approvals'
);
select pg_temp.grant_to('rm-3', 'release_manager');
select is(
  pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-2'), 'in_progress', 'two approvals of one person count once'
);
select is(
  pg_temp.approve(pg_temp.policy_gate('pgtap/large'), 'rm-3'), 'passed', 'the gate passes with approvals of two people'
);
select pg_temp.same_rows(
  $$ select kind::text from ops.gate_findings(pg_temp.policy_gate('pgtap/later')) $$,
  $$ select unnest(array['check', 'no_failed_checks', 'evidence']) $$,
  'requirements that were not in force when a release was opened do not apply to it'
);

-- Objections on gates that need no approval, and by personas that no requirement names.
select pg_temp.built('objection');
select is(pg_temp.stored('objection', 'G1'), 'passed', 'a gate that needs no approval passes without one');
select pg_temp.sign('objection', 10, 'G1', 'rm-1', 'request_changes');
select is(
  pg_temp.stored('objection', 'G1'), 'in_progress',
  'a request for changes keeps a gate that needs no approval in progress'
);
select pg_temp.sign('objection', 11, 'G1', 'rm-1', 'rejected');
select is(pg_temp.stored('objection', 'G1'), 'failed', 'a rejection fails a gate that needs no approval');
select pg_temp.same_rows(
  $$ select gate_code::text, kind::text, subject, who
     from ops.promotion_blockers(pg_temp.release('objection'), 'staging')
     where state = 'failed' $$,
  $$ values ('G1', 'approval', 'release_manager', 'release_manager') $$,
  'the blockers name the person who rejected'
);
select pg_temp.sign('objection', 120, 'G1', 'rm-1', 'approved');
select is(pg_temp.stored('objection', 'G1'), 'passed', 'the gate passes when the same person approves');
select pg_temp.sign('objection', 20, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('objection', 21, 'G2', 'sre-1', 'rejected');
select is(
  pg_temp.stored('objection', 'G2'), 'failed', 'a rejection by a persona that no requirement names fails a gate'
);
select pg_temp.sign('objection', 120, 'G2', 'sre-1', 'approved');
select is(pg_temp.stored('objection', 'G2'), 'passed', 'an approval by the same persona withdraws that rejection');
select pg_temp.built('no tester');
select pg_temp.sign('no tester', 20, 'G2', 'rm-1', 'approved', 'test_result');
select is(
  pg_temp.stored('no tester', 'G2'), 'in_progress', 'an approval by another persona does not replace the required one'
);
select pg_temp.sign('no tester', 30, 'G4', 'sre-1', 'rejected');
select is(pg_temp.stored('no tester', 'G4'), 'failed', 'a rejection of G4 fails G4');
select pg_temp.ready('as a whole');
insert into ops.approvals (release_id, approver_id, persona_role, decision, scope)
values (pg_temp.release('as a whole'), 'rm-1', 'release_manager', 'rejected', 'release');
select is(pg_temp.stored('as a whole', 'G3'), 'passed', 'only decisions of scope gate count on a gate');

-- A revocation withdraws no decision: neither an approval nor an objection.
select pg_temp.ready('left');
select pg_temp.ready('left objecting');
select pg_temp.sign('left objecting', 120, 'G3', 'rm-2', 'rejected');
select pg_temp.move_to('qa-1', 'developer');
select pg_temp.revoke_from(t.who) from unnest(array['rm-2', 'rm-1']) as t (who);
select is(
  array[
    ops.evaluate_gate(pg_temp.gate('left', 'G2')), ops.evaluate_gate(pg_temp.gate('left', 'G3')),
    ops.evaluate_gate(pg_temp.gate('left objecting', 'G3'))
  ], '{passed,passed,failed}', 'what was decided stays when a membership ends or its role changes'
);
select is(
  array[pg_temp.eligible('left', 'production'), pg_temp.eligible('left objecting', 'production')], '{t,f}',
  'the approvals of people who left still let a release through, and their objections still stop it'
);
select pg_temp.move_to(t.who, t.role)
from (values ('qa-1', 'qa_tester'), ('rm-1', 'release_manager'), ('rm-2', 'release_manager')) as t (who, role);

-- An approval says why, by a row as by an event.
select pg_temp.open('silent');
select throws_ok(
  format(
    'insert into ops.approvals (release_id, gate_id, exception_id, approver_id, persona_role, decision, scope,
       rationale_structured)
     values (%L, %L, null, ''rm-1'', ''release_manager'', ''approved'', %L, %L)', pg_temp.release('silent'),
    case when t.scope = 'gate' then pg_temp.gate('silent', 'G3') end, t.scope, t.reasons
  ), '23514', null, format('an approval of a %s by %s has no reasons', t.scope, t.reasons)
)
from (
  values
  ('gate', '{}'), ('release', '{}'), ('gate', '{"": ""}'), ('gate', '{"why": null}'), ('gate', '{"why": [{}, [" "]]}'),
  ('gate', U&'{"why": "\200B"}'), ('gate', '[]')
) as t (scope, reasons);
select lives_ok(
  format(
    'insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
     values (%L, %L, ''rm-1'', ''release_manager'', %L, ''gate'', %L)', pg_temp.release('silent'),
    pg_temp.gate('silent', 'G3'), t.decision, t.reasons
  ), format('a decision %s by %s is recorded', t.decision, t.reasons)
)
from (
  values
  ('approved', '{"met": false}'), ('approved', '{"defects": [0]}'), ('approved', U&'{"why": "\00E9"}'),
  ('rejected', '{}'), ('request_changes', '{}')
) as t (decision, reasons);
select is(
  pg_temp.answered(pg_temp.event('gate_signoff', 'silent', 120, jsonb_build_object(
    'decision', 'approved', 'approver_id', 'rm-1', 'persona_role', 'release_manager', 'rationale_structured', t.reasons
  ), 'G3')), t.answer, format('an event answers %s to the reasons %s', t.answer, t.reasons)
)
from (
  values
  ('{"": ""}'::jsonb, 'rejected invalid_payload'), ('{"why": " "}', 'rejected invalid_payload'),
  (U&'{"why": "\2800"}', 'rejected invalid_payload'), ('{"why": [{"a": 1}]}', 'accepted'),
  (U&'{"why": "\00E9"}', 'accepted')
) as t (reasons, answer);

-- A blocking requirement answers for a persona only when it asks for their approval.
select pg_temp.set_policy('G2', '[{"kind": "check", "subject": "release_manager"}]', 'pgtap/project');
select pg_temp.built('named like a persona');
select pg_temp.sign('named like a persona', 2, 'G2', 'rm-1', 'rejected');
select is(
  pg_temp.stored('named like a persona', 'G2'), 'failed',
  'a rejection fails a gate whose policy asks for a check that is named like the persona'
);

-- Of equal decisions that were observed at one moment the one that was recorded last counts.
select pg_temp.built('simultaneous');
select is(pg_temp.sign('simultaneous', 2, 'G2', 'qa-1', t.decision), 'accepted', 'an equal decision')
from unnest(array['approved', 'approved', 'approved', 'approved']) as t (decision);
reset role;
select is(
  (
    select s.approval_id
    from ops_private.standing_decisions(
      pg_temp.release('simultaneous'), pg_temp.gate('simultaneous', 'G2'), 'infinity') as s
  ),
  (
    select a.approval_id from ops.approvals as a
    where a.release_id = pg_temp.release('simultaneous')
    order by a.created_at desc limit 1
  ), 'the one that was recorded last counts'
);

select finish();
rollback;
