begin;
create extension if not exists pgtap with schema extensions;
select plan(25);

\ir helpers/functions.psql

-- Insert an approval by `who` in `persona`, as the service role does. Returns the approver that was stored.
create function pg_temp.decide(who text, persona text, gate text default 'G2') returns text
language sql as $$
  insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
  values (
    pg_temp.release('sign-off'), pg_temp.gate('sign-off', gate), who, persona::ops.ops_persona_role, 'approved', 'gate',
    '{"why": "known"}'
  )
  returning approver_id
$$;
-- Send a sign-off by `who` in `persona` as the caller `subject` with the role `role`.
create function pg_temp.sign_as(role text, subject text, gate text, who text, persona text) returns text
language sql as $$
  select pg_temp.send_as(
    role, subject, pg_temp.event('gate_signoff', 'sign-off', 60, jsonb_build_object(
      'decision', 'approved', 'approver_id', who, 'persona_role', persona,
      'rationale_structured', '{"criteria": "met"}'::jsonb
    ), gate)
  )
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.open('sign-off');

select is(pg_temp.decide('qa-1', 'qa_tester'), 'qa-1', 'a machine may name a member by subject');
select is(
  pg_temp.decide(' QA-Handle ', 'qa_tester'), 'qa-1',
  'a machine may name a member by handle, whatever the case and the blanks around it'
);
select throws_ok($$ select pg_temp.decide('nobody', 'qa_tester') $$, 'OPS06', null, 'an unknown name is refused');
select throws_ok($$ select pg_temp.decide('   ', 'qa_tester') $$, 'OPS06', null, 'a blank name is refused');
select throws_ok($$ select pg_temp.decide(null, 'qa_tester') $$, 'OPS06', null, 'a null name is refused');
select throws_ok(
  $$ select pg_temp.decide('rm-1', 'qa_tester') $$, 'OPS06', null,
  'a member in another persona is refused'
);
select throws_ok($$ select pg_temp.decide('bot-1', 'developer') $$, 'OPS06', null, 'a bot is refused');
select is(
  pg_temp.sign('sign-off', 50, 'G2', 'nobody', 'approved'), 'forbidden_event',
  'an event with an unknown name is refused'
);
select pg_temp.revoke_from('qa-2');
select throws_ok($$ select pg_temp.decide('qa-2', 'qa_tester') $$, 'OPS06', null, 'a former member is refused');
select pg_temp.grant_to('qa-2', 'qa_tester');
select is(pg_temp.decide('qa-2', 'qa_tester'), 'qa-2', 'a former member who was granted membership again is accepted');
select throws_ok(
  $$ select pg_temp.grant_to('new-1', 'developer', 'QA-HANDLE') $$, 'OPS15', null, 'a handle names one person'
);
select throws_ok(
  $$ select pg_temp.grant_to('new-1', 'developer', 'qa-1') $$, 'OPS15', null,
  'a handle is not another person''s subject'
);
select throws_ok(
  $$ select pg_temp.grant_to('new-1', 'service_role') $$, '23514', null, 'service_role is not a membership'
);
select throws_ok(
  $$ select pg_temp.revoke_from('nobody') $$, 'OPS06', null,
  'the membership of somebody who is no member cannot be revoked'
);

select is(
  pg_temp.sign_as('qa_tester', 'qa-1', 'G2', 'qa-1', 'qa_tester'), 'accepted',
  'a tester signs off G2 as themselves'
);
select is(
  pg_temp.sign_as('qa_tester', 'qa-1', 'G2', 'QA-Handle', 'qa_tester'), 'accepted',
  'a tester signs off G2 by their handle'
);
select is(
  pg_temp.sign_as('qa_tester', 'qa-1', 'G2', 'qa-2', 'qa_tester'), 'forbidden_event',
  'a tester cannot sign off as somebody else'
);
select is(
  pg_temp.sign_as('qa_tester', 'qa-1', 'G3', 'qa-1', 'qa_tester'), 'forbidden_event', 'a tester cannot sign off G3'
);
select is(
  pg_temp.sign_as('qa_tester', 'qa-1', 'G2', 'qa-1', 'release_manager'), 'forbidden_event',
  'a tester cannot sign off as a release manager'
);
select is(
  pg_temp.sign_as('release_manager', 'rm-1', 'G3', 'rm-1', 'release_manager'), 'accepted',
  'a release manager signs off G3'
);
select is(
  pg_temp.sign_as('release_manager', 'rm-1', 'G2', 'rm-1', 'qa_tester'), 'forbidden_event',
  'a release manager cannot sign off G2 as a tester'
);
select is(
  pg_temp.sign_as('ci_service_role', 'bot-1', 'G2', 'qa-1', 'qa_tester'), 'forbidden_event',
  'a pipeline cannot sign off'
);
select is(pg_temp.sign_as('sre', 'sre-1', 'G4', 'sre-1', 'sre'), 'forbidden_event', 'an SRE cannot sign off');
select pg_temp.revoke_from('qa-1');
select is(
  pg_temp.sign_as('qa_tester', 'qa-1', 'G2', 'qa-1', 'qa_tester'), 'forbidden_event', 'a former member cannot sign off'
);
select pg_temp.grant_to('qa-1', 'qa_tester');
select is(
  pg_temp.sign_as('qa_tester', 'qa-1', 'G2', 'qa-1', 'qa_tester'), 'accepted',
  'a member who was granted membership again can sign off'
);

select finish();
rollback;
