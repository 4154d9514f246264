begin;
create extension if not exists pgtap with schema extensions;
select plan(120);

\ir helpers/functions.psql

-- What is dismissed here is found by what it says: the id of the newest such fact of the release `name`.
create function pg_temp.check_of(name text, check_name text) returns uuid
language sql stable as $$
  select c.check_id from ops.gate_checks c
  where c.release_id = pg_temp.release(name) and c.check_name = check_of.check_name and c.status = 'fail'
  order by c.created_at desc limit 1
$$;
create function pg_temp.decision_of(name text, who text) returns uuid
language sql stable as $$
  select a.approval_id from ops.approvals a
  where a.release_id = pg_temp.release(name) and a.approver_id = who
  order by a.created_at desc limit 1
$$;
create function pg_temp.contested_of(name text) returns uuid
language sql stable as $$
  select c.contested_id from ops.contested_reports c
  where c.release_id = pg_temp.release(name)
  order by c.created_at desc limit 1
$$;
-- Dismiss a fact as the release manager `who`. Returns its kind.
create function pg_temp.dismiss(fact uuid, who text default 'rm-2', reason text default 'nobody else can lift it')
returns text
language sql as $$
  select pg_temp.as_person(
    'release_manager', who, format('select ops.dismiss(%%L, %L) ->> ''kind''', reason), fact::text)
$$;
-- Why it is refused: the code, or `done`.
create function pg_temp.tried(fact uuid, who text default 'rm-2', reason text default 'why') returns text
language plpgsql as $$
declare
  v_said text;
begin
  v_said := pg_temp.dismiss(fact, who, reason);
  return v_said;
exception when others then
  return sqlstate;
end
$$;
-- Who can do something, when it is refused.
create function pg_temp.told_who(fact uuid, who text default 'rm-2') returns text
language plpgsql as $$
declare
  v_said text;
begin
  return 'done: ' || pg_temp.dismiss(fact, who, 'asked once more');
exception when sqlstate 'OPS11' then
  get stacked diagnostics v_said = pg_exception_detail;
  return v_said;
end
$$;
-- A sign-off that is refused, and so contested: `gate` cannot be read when it is G9.
create function pg_temp.odd_signoff(name text, who text, persona text, gate text, decision text default 'rejected')
returns jsonb
language sql volatile as $$
  select pg_temp.event('gate_signoff', name, 120, jsonb_build_object(
    'decision', decision, 'approver_id', who, 'persona_role', persona, 'rationale_structured', '{}'::jsonb), gate)
$$;
-- A build of a part; `checks` are its other checks, as name: status.
create function pg_temp.part(
  name text, minute numeric, part text, status text, check_name text, checks jsonb default '{}'
) returns text
language sql as $$
  select pg_temp.build(name, minute, status, jsonb_strip_nulls(jsonb_build_object('check_name', check_name, 'part', part,
    'checks', (select jsonb_agg(jsonb_build_object('check_name', e.key, 'status', e.value)) from jsonb_each(checks) as e))))
$$;
-- The gates of a release, G1 first.
create function pg_temp.gates(name text) returns text[]
language sql stable as $$
  select array_agg(g.status::text order by g.gate_code) from ops.release_gates g
  where g.release_id = pg_temp.release(name)
$$;
-- The gates that are stored otherwise than replay has them now, of all releases.
create function pg_temp.stale() returns setof text
language sql as $$
  select concat_ws(' ', r.release_name, g.gate_code, g.status)
  from ops.releases r join ops.release_gates g on g.release_id = r.release_id
  where r.project = 'pgtap/project' and g.status::text <> ops.gate_status_at(g.gate_id, clock_timestamp())
  union all
  select concat_ws(' ', r.release_name, t.name)
  from ops.releases r cross join unnest(array['staging', 'production']) as t (name)
  where r.project = 'pgtap/project' and ops.is_eligible_for_promotion(r.release_id, t.name)
    <> ops.was_eligible_for_promotion(r.release_id, t.name, clock_timestamp())
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to('rm-3', 'release_manager');

-- (b) The objection of somebody who is gone.
select pg_temp.ready(t.name) from unnest(array['revoked', 'new role', 'active', 'own wish']) as t (name);
select pg_temp.grant_to(t.who, 'qa_tester') from unnest(array['qa-left', 'qa-moved', 'qa-wish']) as t (who);
select pg_temp.sign('revoked', 10, 'G2', 'qa-left', 'approved');
select pg_temp.sign('revoked', 11, 'G2', 'qa-left', 'rejected');
select pg_temp.sign('new role', 10, 'G2', 'qa-moved', 'request_changes');
select pg_temp.sign('active', 10, 'G2', 'qa-2', 'rejected');
select pg_temp.sign('own wish', 10, 'G2', 'qa-wish', 'rejected');
select is(pg_temp.tried(pg_temp.decision_of('revoked', 'qa-left')), 'OPS11', 'an active objector can decide again');
select ops.revoke_membership('qa-left', null, null, 'rm-1', 'left');
select ops.revoke_membership('qa-moved', null, null, 'rm-1', 'moved');
select ops.grant_membership('qa-moved', 'developer', null, null, 'rm-1', 'moved');
select ops.revoke_membership('qa-wish', null, null, 'RM-2', 'left');
select is(
  pg_temp.tried(pg_temp.decision_of('active', 'qa-2')), 'OPS11', 'the objection of an active member stays'
);
select is(
  pg_temp.tried(pg_temp.decision_of('own wish', 'qa-wish')), 'OPS11',
  'nobody dismisses the objection of somebody whose membership was ended on their behalf'
);
select is(pg_temp.tried(pg_temp.decision_of('own wish', 'qa-wish'), 'rm-3'), 'objection', 'another manager does');
select is(
  pg_temp.gates('revoked'), array['passed', 'failed', 'in_progress', 'pending'], 'the objection fails its gate'
);
select is(
  pg_temp.tried((
    select a.approval_id from ops.approvals as a
    where a.release_id = pg_temp.release('revoked') and a.approver_id = 'qa-left' and a.decision = 'approved'
  )), 'OPS11', 'an earlier approval of the same person does not name it'
);
select pg_temp.mark('before');
select is(pg_temp.dismiss(pg_temp.decision_of('revoked', 'qa-left')), 'objection', 'a manager dismisses it');
select is(
  pg_temp.gates('revoked'), array['passed', 'passed', 'passed', 'pending'], 'its gate and the next pass again'
);
select is(pg_temp.eligible('revoked', 'production'), true, 'and the release is eligible');
select is(
  ops.gate_status_at(pg_temp.gate('revoked', 'G2'), pg_temp.at('before')), 'failed', 'replay shows it before'
);
select is(
  pg_temp.dismiss(pg_temp.decision_of('new role', 'qa-moved')), 'objection',
  'so does the objection of somebody with a new role'
);
select is(pg_temp.stored('new role', 'G2'), 'passed', 'and its gate passes');
select results_eq(
  $$ select d.gate_id, d.author, d.author_role, d.reason::text, d.created_by, d.created_role
     from ops.dismissals d where d.release_id = pg_temp.release('revoked') $$,
  $$ values (pg_temp.gate('revoked', 'G2'), 'qa-left', 'qa_tester', 'nobody else can lift it', 'rm-2',
       'release_manager') $$,
  'the dismissal says what, who and why'
);
select is(
  array(
    select concat_ws(' ', f.kind, f.subject, f.enforcement, f.state)
    from ops.gate_findings(pg_temp.gate('revoked', 'G2')) as f
    where f.enforcement = 'advisory'
  ), array['approval qa_tester advisory satisfied'], 'the findings in full show it'
);
select is_empty(
  $$ select from ops.gate_findings(pg_temp.gate('revoked', 'G2'), pg_temp.at('before')) as f
     where f.enforcement = 'advisory' $$,
  'and did not before'
);
select is(
  array(select f.kind::text from ops.promotion_advice(pg_temp.release('revoked'), 'production') as f
    where f.kind = 'approval'), array['approval'], 'the advice shows it too'
);
select pg_temp.grant_to('qa-left', 'qa_tester');
select pg_temp.sign('revoked', 60, 'G2', 'qa-left', 'rejected');
select is(pg_temp.stored('revoked', 'G2'), 'failed', 'a later objection counts anew');
select is(
  pg_temp.tried(pg_temp.decision_of('revoked', 'qa-left')), 'OPS11', 'and its author is active again'
);
select is(pg_temp.tried(pg_temp.decision_of('new role', 'qa-1')), 'OPS11', 'an approval cannot be dismissed');

-- What is dismissed already, or stops a closed release, nobody is asked to lift.
select pg_temp.ready('again');
select pg_temp.grant_to('qa-again', 'qa_tester');
select pg_temp.sign('again', 10, 'G2', 'qa-again', 'rejected');
select pg_temp.build('again', 120, 'fail', '{"check_name": "scan", "artifact_ref": 7}');
select pg_temp.check_by_hand('again', 'fail', 'odd');
select ops.revoke_membership('qa-again', null, null, 'rm-1', 'left');
select ops.revoke_membership('dev-1', null, null, 'rm-1', 'left');
create temporary table dismissed_facts as
select f.fact from unnest(array[
  pg_temp.decision_of('again', 'qa-again'), pg_temp.contested_of('again'), pg_temp.check_of('again', 'odd')
]) as f (fact);
select pg_temp.dismiss(f.fact) from dismissed_facts as f;
select pg_temp.grant_to('dev-1', 'developer');
select is(
  array(
    select pg_temp.tried(f.fact, w.who) from dismissed_facts as f cross join unnest(array['rm-2', 'rm-3']) as w (who)
  ),
  '{OPS11,OPS11,OPS11,OPS11,OPS11,OPS11}', 'what is dismissed already cannot be dismissed for another reason'
);
select is_empty(
  $$ select f.fact from dismissed_facts as f, unnest(array['rm-2', 'rm-3']) as w (who)
     where pg_temp.told_who(f.fact, w.who) ~ 'qa-again|dev-1|developer|done' $$,
  'and nobody is asked to lift it'
);
select pg_temp.ready('shut');
select pg_temp.sign('shut', 10, 'G2', 'qa-2', 'rejected');
select pg_temp.build('shut', 11, 'fail', '{"checks": [{"check_name": "lint", "status": "fail"}]}');
select pg_temp.build('shut', 120, 'fail', '{"artifact_ref": 7}');
select pg_temp.check_by_hand('shut', 'fail', 'odd');
select pg_temp.deploy('shut', 12, 'staging', 's1', 'succeeded');
select pg_temp.send_as('sre', 'sre-1', pg_temp.event('health_check', 'shut', 13,
  '{"environment": "staging", "deployment_ref": "s1", "status": "fail", "check_name": "eyes",
    "artifact_ref": "https://mon.test/1"}'));
create temporary table shut_facts as
select f.fact from unnest(array[
  pg_temp.decision_of('shut', 'qa-2'), pg_temp.contested_of('shut'), pg_temp.check_of('shut', 'odd'),
  pg_temp.check_of('shut', 'lint'), (
    select c.check_id from ops.gate_checks as c
    where c.release_id = pg_temp.release('shut') and c.check_name = 'build' and c.status = 'fail')
]) as f (fact);
select is(
  array(select pg_temp.told_who(f.fact) ~ 'qa-2|dev-1|developer|service_role' from shut_facts as f), '{t,t,t,t,t}',
  'while the release is open, the refusal names who can lift it'
);
select pg_temp.as_person(
  'release_manager', 'rm-1', 'select ops.close_release(%L, ''cancelled'')', pg_temp.release('shut')::text
);
select is_empty(
  $$ select pg_temp.told_who(f.fact) from shut_facts as f
     where pg_temp.told_who(f.fact) ~ 'qa-2|dev-1|developer|service_role|done' $$,
  'a closed release takes no approval and no build that passes: nobody is named'
);
select matches(
  pg_temp.told_who(pg_temp.check_of('shut', 'eyes')),
  'sre-1', 'it still takes reports of its deployments'
);

-- An objection to the release as a whole, to an exception, and a contested one.
select pg_temp.grant_to('rm-left', 'release_manager');
select pg_temp.ready(t.name)
from unnest(array['whole', 'contested', 'contested whole', 'both', 'reversed']) as t (name);
insert into ops.approvals (release_id, approver_id, persona_role, decision, scope, rationale_structured)
values (pg_temp.release('whole'), 'rm-left', 'release_manager', 'rejected', 'release', '{"why": "unsafe"}');
select pg_temp.send_as(
  'release_manager', 'rm-left', pg_temp.odd_signoff('contested', 'rm-left', 'release_manager', 'G3'));
select pg_temp.send_as(
  'release_manager', 'rm-left', pg_temp.odd_signoff('contested whole', 'rm-left', 'release_manager', 'G9'));
select pg_temp.sign('both', 10, 'G3', 'rm-left', 'rejected');
select pg_temp.send_as(
  'release_manager', 'rm-left', pg_temp.odd_signoff('both', 'rm-left', 'release_manager', 'G3', 'request_changes'));
select pg_temp.sign('reversed', 10, 'G3', 'rm-left', 'rejected');
select pg_temp.send_as(
  'release_manager', 'rm-left', pg_temp.odd_signoff('reversed', 'rm-left', 'release_manager', 'G3', d.decision))
from (values ('rejected'), ('request_changes')) as d (decision);
select is(
  array[pg_temp.tried(pg_temp.decision_of('whole', 'rm-left')), pg_temp.tried(pg_temp.contested_of('contested')),
    pg_temp.tried(pg_temp.contested_of('contested whole'))],
  array['OPS11', 'OPS11', 'OPS11'], 'an active person can lift an objection, also one whose gate cannot be read'
);
select ops.revoke_membership('rm-left', null, null, 'rm-1', 'left');
select is(pg_temp.eligible('whole', 'staging'), false, 'an objection to the release as a whole blocks it');
select is(
  array[pg_temp.dismiss(pg_temp.decision_of('whole', 'rm-left')), pg_temp.dismiss(pg_temp.contested_of('contested')),
    pg_temp.dismiss(pg_temp.contested_of('both'))],
  array['objection', 'objection', 'objection'], 'when its author is gone it can be dismissed'
);
select is(
  array(select pg_temp.eligible(t.name, 'production') from unnest(array['whole', 'contested', 'both']) as t (name)),
  '{t,t,t}', 'and blocks no more, with all that its author said on that gate'
);
select is(
  pg_temp.dismiss(pg_temp.decision_of('reversed', 'rm-left')), 'objection', 'the decision can be dismissed instead'
);
select is(
  pg_temp.eligible('reversed', 'production'), true, 'that sets aside what its author said there and was refused, too'
);
select is(
  pg_temp.dismiss(pg_temp.contested_of('contested whole')), 'objection', 'also one whose gate could not be read'
);
select is(pg_temp.eligible('contested whole', 'staging'), true, 'it blocks no more');
select pg_temp.grant_to('rm-gone', 'release_manager');
select pg_temp.open('excepted');
select pg_temp.except_for('excepted', 'gate_bypass', '{G1,G2}');
insert into ops.approvals (release_id, exception_id, approver_id, persona_role, decision, scope, rationale_structured)
values (
  pg_temp.release('excepted'), (
    select x.exception_id
    from ops.exceptions as x
    where x.release_id = pg_temp.release('excepted')
  ), 'rm-gone', 'release_manager', 'rejected', 'exception', '{"why": "unsafe"}'
);
select ops.revoke_membership('rm-gone', null, null, 'rm-1', 'left');
select is(pg_temp.eligible('excepted', 'staging'), false, 'an exception that somebody rejects authorises nothing');
select is(pg_temp.dismiss(pg_temp.decision_of('excepted', 'rm-gone')), 'objection', 'that too can be dismissed');
select is(pg_temp.eligible('excepted', 'staging'), true, 'and the exception authorises again');

-- (a) A contested report of a machine, whoever is active; and one whose check cannot be read.
select pg_temp.ready(t.name)
from unnest(array['machine', 'named', 'unreadable', 'by sre', 'sre readable', 'asked']) as t (name);
select pg_temp.build('machine', 120, 'fail', '{"check_name": "scan", "artifact_ref": 7}');
select pg_temp.build('machine', 120, 'fail', '{"check_name": "scan", "artifact_ref": 8}');
select pg_temp.build('unreadable', 120, 'fail', '{"check_name": 7}');
select pg_temp.build('asked', 120, 'fail', '{"artifact_ref": 7}');
select ops.ingest_event(pg_temp.odd_signoff('named', 'qa-1', 'qa_tester', 'G2'));
select pg_temp.send_as('sre', 'sre-1', pg_temp.event('health_check', 'by sre', 120,
  '{"environment": "moon", "deployment_ref": "s1", "status": "fail", "artifact_ref": "https://mon.test/1"}'));
select pg_temp.deploy('sre readable', 100, 'staging', 's1', 'succeeded');
select pg_temp.send_as('sre', 'sre-1', pg_temp.event('health_check', 'sre readable', 120,
  '{"environment": "staging", "deployment_ref": "s1", "status": "fail", "artifact_ref": 7}'));
select is(
  pg_temp.tried(pg_temp.contested_of('asked')), 'OPS11', 'never a check that the policy asks for by name'
);
select is(pg_temp.dismiss(pg_temp.contested_of('machine')), 'contested_report', 'a machine''s can be dismissed');
select is(
  pg_temp.gates('machine'), array['passed', 'passed', 'passed', 'pending'], 'with the others that say the same'
);
select is(pg_temp.dismiss(pg_temp.contested_of('unreadable')), 'contested_report', 'so can one of no readable check');
select is(pg_temp.stored('unreadable', 'G1'), 'passed', 'its gate passes');
select is(
  pg_temp.dismiss(pg_temp.contested_of('named')), 'contested_report',
  'so can an objection that a machine reported, also in the name of an active person'
);
select is(pg_temp.eligible('named', 'production'), true, 'and the release is eligible');
select is(
  pg_temp.tried(pg_temp.contested_of('named')), 'OPS11', 'what does not stand any more cannot be dismissed'
);
select is(
  pg_temp.dismiss(pg_temp.contested_of('by sre')), 'contested_report', 'so can a person''s whose place cannot be read'
);
select is(
  pg_temp.tried(pg_temp.contested_of('sre readable')), 'OPS11', 'a readable one of an active person cannot'
);
select pg_temp.grant_to('sre-gone', 'sre');
select pg_temp.send_as('sre', 'sre-gone', pg_temp.event('health_check', 'sre readable', 120,
  '{"environment": "staging", "deployment_ref": "s1", "status": "fail", "artifact_ref": 7}'));
select pg_temp.revoke_from('sre-gone');
select is(
  pg_temp.tried(pg_temp.contested_of('sre readable')), 'OPS11', 'nor one of somebody who is gone'
);
select pg_temp.build('machine', 120, 'fail', '{"check_name": "scan", "artifact_ref": 9}');
select is(pg_temp.stored('machine', 'G1'), 'failed', 'a later refused failure counts anew');

-- A person''s objection stays where a machine''s report of it was dismissed.
select pg_temp.ready('spoken twice');
select pg_temp.sign('spoken twice', 10, 'G2', 'qa-2', 'rejected');
select ops.ingest_event(pg_temp.odd_signoff('spoken twice', 'qa-2', 'qa_tester', 'G2', 'request_changes'));
select is(pg_temp.dismiss(pg_temp.contested_of('spoken twice')), 'contested_report', 'the report is dismissed');
select is(pg_temp.stored('spoken twice', 'G2'), 'failed', 'the rejection of an active person stands');

-- (c) A failure by hand of somebody who is gone.
select pg_temp.ready(t.name) from unnest(array['by hand', 'hand asked']) as t (name);
select pg_temp.check_by_hand('by hand', 'fail', 'looks odd');
select pg_temp.check_by_hand('hand asked', 'fail', 'build');
select is(
  pg_temp.tried(pg_temp.check_of('by hand', 'looks odd')), 'OPS11', 'an active developer can report again'
);
select ops.revoke_membership('dev-1', null, null, 'rm-3', 'left');
select is(
  pg_temp.tried(pg_temp.check_of('by hand', 'looks odd'), 'rm-3'), 'OPS11',
  'nobody dismisses the failure of somebody whose membership was ended on their behalf'
);
select pg_temp.mark('by hand');
select is(
  pg_temp.dismiss(pg_temp.check_of('by hand', 'looks odd')), 'failure_by_hand',
  'a failure by hand of somebody who is gone can be dismissed'
);
select is(
  ops.gate_status_at(pg_temp.gate('by hand', 'G1'), pg_temp.at('by hand')), 'failed', 'replay shows it before'
);
select is(pg_temp.stored('by hand', 'G1'), 'passed', 'and its gate passes');
select is(
  pg_temp.tried(pg_temp.check_of('hand asked', 'build')), 'OPS11', 'never one that the policy asks for by name'
);
select pg_temp.grant_to('rm-4', 'release_manager');
select is(
  pg_temp.tried(pg_temp.check_of('by hand', 'looks odd'), 'rm-4'), 'OPS11', 'nothing of it stands any more'
);
select is(
  pg_temp.dismiss(pg_temp.check_of('by hand', 'looks odd')), 'failure_by_hand',
  'the same call again gets the same answer'
);
select is(
  (select count(*) from ops.dismissals as d
where d.release_id = pg_temp.release('by hand')), 1::bigint,
  'and records nothing'
);
select pg_temp.grant_to('dev-1', 'developer');
select pg_temp.check_by_hand('by hand', 'fail', 'looks odd');
select is(pg_temp.stored('by hand', 'G1'), 'failed', 'a later failure counts anew');
set local role none;
insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
values (pg_temp.release('by hand'), pg_temp.gate('by hand', 'G1'), 'of the owner', 'manual', 'fail');
set local role service_role;
select is(
  pg_temp.tried(pg_temp.check_of('by hand', 'of the owner')), 'OPS11',
  'the owner of the tables is no member who is gone: what they recorded is dismissed by nobody'
);

-- (d) A failed check whose name its sender reports no longer.
select pg_temp.ready(t.name) from unnest(array[
  'renamed', 'other part', 'other sender', 'still failing', 'earlier', 'named part', 'default part', 'healed', 'probe',
  'refused later'
]) as t (name);
select pg_temp.part(t.name, 10, 'ui', 'pass', 'e2e', '{"lint": "fail", "types": "pass"}')
from unnest(array['renamed', 'other part', 'other sender', 'still failing', 'healed']) as t (name);
select is(
  pg_temp.tried(pg_temp.check_of('renamed', 'lint')), 'OPS11', 'without a later report of the part it stays'
);
select pg_temp.part('renamed', 11, 'ui', 'pass', 'e2e', '{"style": "pass", "types": "pass"}');
select pg_temp.part('other part', 11, 'api', 'pass', 'e2e', '{"style": "pass"}');
select pg_temp.send_as('ci_service_role', 'bot-1', pg_temp.event('build_complete', 'other sender', 11,
  '{"status": "pass", "check_name": "e2e", "part": "ui"}'));
select pg_temp.part('still failing', 11, 'ui', 'pass', 'e2e', '{"style": "fail"}');
select pg_temp.part('earlier', 12, 'ui', 'pass', 'e2e', '{"lint": "fail"}');
select pg_temp.part('earlier', 9, 'ui', 'pass', 'e2e', '{"style": "pass"}');
select pg_temp.part('healed', 11, 'ui', 'pass', 'e2e', '{"lint": "pass"}');
select pg_temp.part('named part', 10, 'build', 'pass', 'build', '{"lint": "fail"}');
select pg_temp.build('named part', 11, 'pass');
select pg_temp.part('default part', 10, null, 'fail', 'unit');
select pg_temp.part('default part', 11, null, 'pass', 'units');
select is(
  pg_temp.tried(pg_temp.check_of(t.name, t.check_name)), t.said, t.description
)
from (values
  ('renamed', 'lint', 'renamed_check', 'a later passing report of the part leaves the name out'),
  ('other part', 'lint', 'OPS11', 'not one of another part'),
  ('other sender', 'lint', 'OPS11', 'not one of another sender'),
  ('still failing', 'lint', 'OPS11', 'not one in which a check fails'),
  ('earlier', 'lint', 'OPS11', 'not one that was observed before'),
  ('healed', 'lint', 'OPS11', 'a failure that a pass healed does not stand'),
  ('named part', 'lint', 'renamed_check', 'the part is the check_name where none is named'),
  ('default part', 'unit', 'OPS11', 'so a main check that is renamed is another part')
) as t (name, check_name, said, description);
select is(
  array[pg_temp.stored('renamed', 'G1'), pg_temp.stored('named part', 'G1')], array['passed', 'passed'],
  'the gates pass'
);
select pg_temp.part('renamed', 10.5, 'ui', 'pass', 'e2e', '{"lint": "fail"}');
select is(pg_temp.stored('renamed', 'G1'), 'failed', 'a failure that is recorded later counts anew');

-- A pass that was dismissed with the failure of its name heals no failure that is refused later.
select pg_temp.part('refused later', t.minute, 'ui', 'pass', 'e2e', t.checks)
from (values (9, '{"lint": "pass"}'::jsonb), (10, '{"lint": "fail"}'), (11, '{}')) as t (minute, checks);
select is(pg_temp.dismiss(pg_temp.check_of('refused later', 'lint')), 'renamed_check', 'the name is dismissed');
select pg_temp.answered(pg_temp.event('build_complete', 'refused later', 7, '{"status": "word", "checks":
  [{"check_name": "lint", "status": "fail"}]}'));
select is(pg_temp.stored('refused later', 'G1'), 'failed', 'an older failure that is refused counts, as if accepted');

-- The name that is dismissed leaves the artifacts on record.
select pg_temp.ready('rebuilt');
select pg_temp.build('rebuilt', t.minute, t.status, jsonb_build_object('check_name', t.check_name, 'part', 'image',
  'artifacts', jsonb_build_array(jsonb_build_object('name', 'shop', 'sha256', repeat(t.hash, 64)))))
from (values (10, 'fail', 'old image', 'a'), (11, 'pass', 'image', 'b')) as t (minute, status, check_name, hash);
select is(
  array(
    select f.kind::text from ops.gate_findings(pg_temp.gate('rebuilt', 'G1')) as f
    where f.state = 'failed'
    order by 1
  ), array['artifact_conflict', 'no_failed_checks'], 'a renamed build leaves another hash and a failure'
);
select pg_temp.mark('rebuilt');
select is(pg_temp.dismiss(pg_temp.check_of('rebuilt', 'old image')), 'renamed_check', 'it can be dismissed');
select is(
  array(
    select f.kind::text from ops.gate_findings(pg_temp.gate('rebuilt', 'G1'), pg_temp.at('rebuilt')) as f
    where f.state = 'failed'
    order by 1
  ), array['artifact_conflict', 'no_failed_checks'], 'replay shows both before'
);
select is(pg_temp.stored('rebuilt', 'G1'), 'passed', 'and its artifacts leave the set');

-- A probe, only where its deployment is no longer looked at.
select pg_temp.deploy('probe', 20, 'staging', 's1', 'succeeded');
create function pg_temp.probe(minute numeric, ref text, check_name text, status text) returns text
language sql as $$
  select ops.ingest_event(pg_temp.event('health_check', 'probe', minute, jsonb_build_object('environment', 'staging',
    'deployment_ref', ref, 'status', status, 'check_name', check_name, 'part', 'smoke',
    'artifact_ref', 'https://evidence.test/health'))) ->> 'status'
$$;
select pg_temp.probe(21, 's1', 'ping', 'fail');
select is(
  pg_temp.tried(pg_temp.check_of('probe', 'ping')), 'OPS11', 'a probe of the newest deployment stays'
);
select pg_temp.deploy('probe', 30, 'staging', 's2', 'in_progress');
select is(pg_temp.eligible('probe', 'production'), false, 'the failure before a pending deployment stands');
select is(
  pg_temp.dismiss(pg_temp.check_of('probe', 'ping')), 'passed_over_check',
  'it can be dismissed once another is looked at'
);
select is(pg_temp.eligible('probe', 'production'), true, 'and stands no more');
select is((pg_temp.deployment('probe', 's1')).g4_status::text, 'pending', 'its deployment has no check any more');

-- (e) A deployment that is in progress for long.
select pg_temp.ready(t.name) from unnest(array['stalled', 'sick', 'beyond']) as t (name);
select pg_temp.deploy('stalled', 10, 'production', 'p1', 'succeeded');
select pg_temp.health('stalled', 11, 'production', 'p1', 'pass');
select pg_temp.deploy('stalled', 12, 'production', 'p2', 'in_progress');
select pg_temp.deploy('sick', 12, 'production', 'p1', 'in_progress');
select pg_temp.health('sick', 13, 'production', 'p1', 'fail');
select pg_temp.deploy('beyond', 10, 'staging', 's1', 'succeeded');
select pg_temp.health('beyond', 11, 'staging', 's1', 'pass');
select pg_temp.deploy('beyond', 12, 'production', 'p1', 'in_progress');
select is(
  pg_temp.tried((pg_temp.deployment('stalled', 'p2')).deployment_id), 'OPS11', 'not within a day of its last report'
);
select is(
  pg_temp.tried((pg_temp.deployment('stalled', 'p1')).deployment_id), 'OPS11', 'never one that has finished'
);
set local role none;
select is(ops_private.stalls_after(), interval '24 hours', 'a deployment is stalled 24 hours after its last report');
create or replace function ops_private.stalls_after() returns interval
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '0';
end
$$;
set local role service_role;
select is(
  pg_temp.tried((pg_temp.deployment('stalled', 'p1')).deployment_id), 'OPS11', 'also when a day has passed'
);
select is(
  pg_temp.tried((pg_temp.deployment('sick', 'p1')).deployment_id), 'OPS11', 'never one whose check failed'
);
select isnt(pg_temp.stored('stalled', 'G4'), 'passed', 'a deployment in progress keeps G4 open');
select pg_temp.mark('stalled');
select is(
  array[pg_temp.dismiss((pg_temp.deployment('stalled', 'p2')).deployment_id),
    pg_temp.dismiss((pg_temp.deployment('beyond', 'p1')).deployment_id)],
  array['stalled_deployment', 'stalled_deployment'], 'a stalled deployment can be dismissed'
);
select is(
  array[pg_temp.stored('stalled', 'G4'), pg_temp.stored('beyond', 'G4')], array['passed', 'passed'],
  'G4 looks at the one before, also in another environment'
);
select isnt(
  ops.gate_status_at(pg_temp.gate('stalled', 'G4'), pg_temp.at('stalled')), 'passed', 'replay shows it before'
);
select is(
  pg_temp.tried((pg_temp.deployment('stalled', 'p2')).deployment_id, 'rm-3'), 'OPS11', 'it is set aside already'
);
select pg_temp.mark('aside');
select pg_temp.deploy('stalled', 50, 'production', 'p2', 'failed');
select pg_temp.health('beyond', 50, 'production', 'p1', 'fail');
select is(
  array[pg_temp.stored('stalled', 'G4'), pg_temp.stored('beyond', 'G4')], array['failed', 'failed'],
  'a later report of it brings it back'
);
select is(
  ops.gate_status_at(pg_temp.gate('stalled', 'G4'), pg_temp.at('aside')), 'passed', 'replay shows it away'
);

-- Who may dismiss.
select pg_temp.ready('who');
select pg_temp.open('initiated', initiator => 'rm-2');
select pg_temp.build('initiated', 1, 'fail', '{"check_name": "scan", "artifact_ref": 7}');
select pg_temp.build('who', 120, 'fail', '{"check_name": "scan", "artifact_ref": 7}');
select is(pg_temp.tried(pg_temp.contested_of('initiated')), 'OPS11', 'not the initiator');
select is(pg_temp.tried(pg_temp.contested_of('who'), 'rm-1'), 'OPS11', 'not who approved something of the release');
select pg_temp.except_for('who', 'evidence_waiver', '{G2}', approver => 'rm-3');
select is(pg_temp.tried(pg_temp.contested_of('who'), 'rm-3'), 'OPS11', 'an exception included');
select throws_ok(
  format('select pg_temp.as_person(%L, %L, %L)', t.role, t.subject,
    format('select ops.dismiss(%L, ''why'')', pg_temp.contested_of('who'))), '42501', null,
  format('not a %s', t.role)
)
from (values
  ('qa_tester', 'qa-1'), ('sre', 'sre-1'), ('developer', 'dev-1'), ('audit_reader', 'audit-1'),
  ('ci_service_role', 'bot-1'), ('service_role', 'service_role'), ('release_manager', 'stranger')
) as t (role, subject);
select is(
  pg_temp.tried(pg_temp.contested_of('who'), reason => t.reason), '23514', format('not without a reason: %L', t.reason)
)
from unnest(array['', ' ', U&'\200B', null]) as t (reason);
select is(
  pg_temp.tried(pg_temp.contested_of('who'), reason => repeat('x', 8193)), '23514', 'nor with a very long one'
);
select is(pg_temp.tried(gen_random_uuid()), 'OPS04', 'nothing that is not there');
select is(pg_temp.tried(null), 'OPS04', 'and nothing at all');
select is(pg_temp.tried(pg_temp.release('who')), 'OPS04', 'a release is no such fact');
select throws_ok(
  $$ insert into ops.dismissals (release_id, kind, contested_id, reason)
     values (pg_temp.release('who'), 'contested_report', pg_temp.contested_of('who'), 'why') $$,
  '42501', null, 'nobody writes dismissals directly'
);

-- Who has dismissed may still approve, but it does not count.
select pg_temp.open('dismisser');
select pg_temp.build('dismisser', 1, 'pass');
select pg_temp.sign('dismisser', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.build('dismisser', 120, 'fail', '{"check_name": "scan", "artifact_ref": 7}');
select pg_temp.dismiss(pg_temp.contested_of('dismisser'));
select is(
  pg_temp.sign('dismisser', 120, 'G3', 'rm-2', 'approved', 'rollback_plan'), 'accepted', 'they may approve'
);
select is(pg_temp.stored('dismisser', 'G3'), 'in_progress', 'and it does not count');
select pg_temp.except_for('dismisser', 'gate_bypass', '{G1,G2,G3}', approver => 'rm-2');
select is(pg_temp.eligible('dismisser', 'production'), false, 'nor does an exception of theirs');
select pg_temp.sign('dismisser', 120, 'G3', 'rm-1', 'approved');
select is(pg_temp.eligible('dismisser', 'production'), true, 'the approval of somebody else does');

-- The flag of the release, and the agreement of what is stored with replay.
select is_empty(
  $$ select r.release_name from ops.releases r
     where r.dismissed <> exists (select from ops.dismissals d where d.release_id = r.release_id) $$,
  'a release says whether anything of it was dismissed'
);
select throws_ok(
  $$ update ops.releases set dismissed = not dismissed $$, 'OPS02', null, 'and says the truth'
);
select is_empty('select pg_temp.stale()', 'what is stored is what replay says');

select finish();
rollback;
