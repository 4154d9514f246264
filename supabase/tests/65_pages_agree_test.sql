begin;
create extension if not exists pgtap with schema extensions;
select plan(26);

\ir helpers/functions.psql
\ir helpers/pages_agree.psql

create function pg_temp.agree(what text) returns text
language sql as $$
  select is(pg_temp.page_differences(), '{}', 'pages and inboxes agree with each release by itself ' || what)
$$;
-- What pages and inboxes say, to be compared with what is written by hand below: the gates, where the release may go,
-- at which gate it waits; and what waits for somebody, in which role, at which gate.
create function pg_temp.page(names text[]) returns text[]
language sql as $$
  select array(
    select concat_ws(' ', m.release_name || ':', (
        select string_agg(g ->> 'status', ' ' order by g ->> 'gate_code') from jsonb_array_elements(m.gates) as g),
      case when m.eligible_for_production then 'production' when m.eligible_for_staging then 'staging' else 'nowhere' end,
      m.waits_at)
    from ops.my_releases("limit" => 200) as m where m.release_name = any (names) order by m.release_name collate "C")
$$;
create function pg_temp.waits(role text, who text, names text[]) returns text[]
language sql as $$
  select pg_temp.as_person(role, who, format(
    'select array(select concat_ws('' '', i ->> ''release_name'' || '':'', i ->> ''kind'', i ->> ''role'', i ->> ''gate_code'')
       from jsonb_array_elements(ops.inbox() -> ''items'') as i where i ->> ''release_name'' = any (%L)
       order by concat_ws('' '', i ->> ''release_name'' || '':'', i ->> ''kind'', i ->> ''role'', i ->> ''gate_code'') collate "C")', names))::text[]
$$;
\ir helpers/decide.psql

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to('two', 'qa_tester');
select pg_temp.grant_to('two', 'release_manager');
select pg_temp.grant_to('qa-left', 'qa_tester');

-- Every gate in every state, for each environment.
select pg_temp.open('bare ' || t.target, t.target) from unnest(array['dev', 'staging', 'production']) as t (target);
select pg_temp.open('failed');
select pg_temp.build('failed', 1, 'fail');
select pg_temp.open('failed by a manager', initiator => 'rm-2');
select pg_temp.build('failed by a manager', 1, 'fail');
select pg_temp.open('built');
select pg_temp.build('built', 1, 'pass');
select pg_temp.open('signed early');
select pg_temp.sign('signed early', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('signed early', 3, 'G3', 'two', 'rejected');
select pg_temp.open('without evidence');
select pg_temp.build('without evidence', 1, 'pass');
select pg_temp.sign('without evidence', 2, 'G2', 'two', 'approved');
select pg_temp.open('validated');
select pg_temp.build('validated', 1, 'pass');
select pg_temp.sign('validated', 2, 'G2', 'two', 'approved', 'test_result');
select pg_temp.ready('ready');
select pg_temp.ready('ready for staging', 'staging');
select pg_temp.agree('without exceptions');
select is(
  pg_temp.page('{bare dev,failed,built,signed early,without evidence,validated,ready,ready for staging}'), array[
    'bare dev: pending pending pending pending nowhere G1', 'built: passed pending pending pending nowhere G2',
    'failed: failed pending pending pending nowhere G1', 'ready: passed passed passed pending production G4',
    'ready for staging: passed passed passed pending production G4',
    'signed early: pending in_progress failed pending nowhere G1',
    'validated: passed passed pending pending staging G3',
    'without evidence: passed in_progress pending pending nowhere G2'
  ], 'a page says where each gate is'
);
create temporary table waiting (role text, who text, items text[]);
insert into waiting values
('qa_tester', 'qa-1', '{built: sign_off qa_tester G2,without evidence: missing qa_tester G2}'),
-- What a failed gate lacks can be attached at once.
('release_manager', 'rm-1', '{signed early: missing release_manager G3,validated: sign_off release_manager G3}'),
-- They object to G3 of one release, and approved G2 of two others, so they sign no G3 there.
('release_manager', 'two', array['built: sign_off qa_tester G2', 'signed early: missing release_manager G3',
  'signed early: objection release_manager G3', 'without evidence: missing qa_tester G2']),
('sre', 'sre-1', '{ready: missing sre G4}'),
('developer', 'dev-1', '{failed: failed developer G1}');
grant select on waiting to service_role;
select is(
  pg_temp.waits(w.role, w.who, array[
    'bare dev', 'failed', 'failed by a manager', 'built', 'signed early', 'without evidence', 'validated', 'ready'
  ]), w.items, 'an inbox names what each person can do: ' || w.who
)
from waiting as w;

-- Objections, of those who can lift them and of those who cannot any more.
select pg_temp.open('rejected');
select pg_temp.build('rejected', 1, 'pass');
select pg_temp.sign('rejected', 2, 'G2', 'qa-1', 'rejected');
select pg_temp.open('changes');
select pg_temp.build('changes', 1, 'pass');
select pg_temp.sign('changes', 2, 'G2', 'qa-left', 'request_changes');
select pg_temp.ready('objected');
select pg_temp.decide('objected', 'rm-2', 'rejected');
select pg_temp.agree('after objections');
select ops.replace_subject('two', 'two-anew', 'rm-1', 'created anew');
select pg_temp.agree('after the subject of an objector was replaced');
select is(
  pg_temp.waits('release_manager', 'two-anew', '{signed early}'),
  '{signed early: missing release_manager G3,signed early: objection release_manager G3}',
  'and what waits for them goes on to wait under the new subject'
);
select pg_temp.revoke_from('qa-left');
select pg_temp.agree('after the author of an objection left');
select pg_temp.as_person('release_manager', 'rm-2', 'select ops.dismiss(%L, ''they left'') ->> ''kind''', (
  select a.approval_id::text from ops.approvals as a
  where a.release_id = pg_temp.release('changes')
));
select pg_temp.agree('after a dismissal');

-- Failures by hand, renamed checks, refused reports.
select pg_temp.open('by hand');
select pg_temp.build('by hand', 1, 'pass');
select pg_temp.check_by_hand('by hand', 'fail', 'smoke');
select pg_temp.open('renamed');
select pg_temp.build('renamed', 1, 'pass', '{"checks": [{"check_name": "old", "status": "fail"}]}');
select pg_temp.build('renamed', 2, 'pass', '{"checks": [{"check_name": "new", "status": "pass"}]}');
select pg_temp.open('contested');
select pg_temp.build('contested', 1, 'fail', '{"check_name": "lint", "checks": 1}');
select ops.ingest_event(pg_temp.event('gate_signoff', 'contested', 120, jsonb_build_object(
  'decision', 'rejected', 'approver_id', 'qa-1', 'persona_role', 'qa_tester', 'rationale_structured', 1), 'G2'));
select pg_temp.agree('after failures that can be set aside');
select pg_temp.revoke_from('dev-1');
select pg_temp.agree('after who recorded a failure by hand left');
select pg_temp.grant_to('dev-1', 'developer');

-- Deployments: under way, failed in staging, failed, healthy, another to the same place, and without leave.
select pg_temp.ready(t.name) from unnest(array['staged', 'unhealthy', 'promoted', 'under way', 'twice']) as t (name);
select pg_temp.deploy('staged', 4, 'staging', 's1', 'failed');
select pg_temp.deploy('unhealthy', 4, 'staging', 's1', 'succeeded');
select pg_temp.deploy('unhealthy', 5, 'production', 'p1', 'succeeded');
select pg_temp.health('unhealthy', 6, 'production', 'p1', 'fail');
select pg_temp.deploy('promoted', 4, 'production', 'p1', 'succeeded');
select pg_temp.health('promoted', 5, 'production', 'p1', 'pass');
select pg_temp.deploy('under way', 4, 'production', 'p1', 'in_progress');
select pg_temp.deploy('twice', 4, 'production', 'p1', 'succeeded');
select pg_temp.health('twice', 5, 'production', 'p1', 'fail');
select pg_temp.deploy('twice', 6, 'production', 'p2', 'succeeded');
select pg_temp.open('without leave');
select pg_temp.deploy('without leave', 4, 'production', 'p1', 'succeeded');
select pg_temp.health('without leave', 5, 'production', 'p1', 'pass');
select pg_temp.deploy('without leave', 6, 'staging', 's1', 'failed');
select pg_temp.agree('after deployments');
select pg_temp.health('promoted', 7, 'production', 'p1', 'fail');
select pg_temp.agree('after what was promoted fails');
reset role;
create or replace function ops_private.stalls_after() returns interval
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '0';
end
$$;
set local role service_role;
select pg_temp.agree('after a deployment stalled');

-- Exceptions: in force, objected to, ended, revoked, and about to begin.
select pg_temp.open(t.name)
from unnest(array[
  'bypassed', 'bypassed wholly', 'waived', 'brief', 'revoked', 'upcoming', 'brief and failed'
]) as t (name);
select pg_temp.build(t.name, 1, 'pass')
from unnest(array['bypassed', 'waived', 'brief', 'revoked', 'upcoming']) as t (name);
select pg_temp.build('brief and failed', 1, 'fail');
select pg_temp.sign('waived', 2, 'G2', 'qa-1', 'approved');
select pg_temp.sign('bypassed', 2, 'G2', 'qa-1', 'rejected');
select pg_temp.except_for('bypassed', 'gate_bypass', '{G2}');
select pg_temp.except_for('bypassed wholly', 'gate_bypass', '{G1,G2,G3}');
select pg_temp.except_for('waived', 'evidence_waiver', '{G2}');
-- What ends with time lasts as long as a few looks take here, so that a look falls before its end on any machine.
create function pg_temp.while_looking() returns interval
language plpgsql as $$
declare
  v_from constant timestamptz := clock_timestamp();
begin
  perform pg_temp.page_differences();
  return greatest(interval '100 milliseconds', 4 * (clock_timestamp() - v_from));
end
$$;
select set_config('pgtap.lasts', pg_temp.while_looking()::text, true);
select pg_temp.except_for(t.name, 'gate_bypass', t.gates, lasts => current_setting('pgtap.lasts')::interval)
from (values ('brief', '{G2}'), ('brief and failed', '{G1,G2,G3}')) as t (name, gates);
select pg_temp.except_for('revoked', 'gate_bypass', '{G2}');
select pg_temp.except_for('upcoming', 'gate_bypass', '{G2}', starts => clock_timestamp() + interval '1 hour');
select pg_temp.agree('while exceptions have an effect');
select is(
  pg_temp.page('{bypassed,bypassed wholly,waived,revoked,upcoming}'), array[
    'bypassed: passed bypassed pending pending staging G3',
    'bypassed wholly: bypassed bypassed bypassed pending production G4',
    'revoked: passed bypassed pending pending staging G3', 'upcoming: passed pending pending pending nowhere G2',
    'waived: passed bypassed pending pending staging G3'
  ], 'a page counts the exceptions that have an effect'
);
select pg_temp.decide('bypassed wholly', 'rm-2', 'rejected', (
  select x.exception_id from ops.exceptions as x
  where x.release_id = pg_temp.release('bypassed wholly')
));
update ops.exceptions set revoked_at = now()
where release_id = pg_temp.release('revoked');
select pg_temp.agree('after an objection to an exception, and a revocation');
select pg_temp.wait_until((
  select max(x.expires_at) from ops.exceptions as x
  where x.release_id = any(array[pg_temp.release('brief'), pg_temp.release('brief and failed')])
));
select pg_temp.agree('after exceptions ended, before a fact');
select is(
  pg_temp.page('{brief,brief and failed}'), array[
    'brief: passed pending pending pending nowhere G2', 'brief and failed: failed pending pending pending nowhere G1'
  ], 'and those that ended no more'
);
select pg_temp.build('brief', 3, 'pass');
select pg_temp.agree('after a fact that came later');

-- Approvals that lapse, and what policy asks of production beside the gates.
select pg_temp.set_policy(
  'G2', jsonb_build_array(jsonb_build_object('kind', 'approval', 'subject', 'qa_tester', 'valid_for', v.seconds)),
  'pgtap/project')
from (
  select ceil(extract(epoch from pg_temp.while_looking()))::integer as seconds
) as v;
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "objected_elsewhere"}, {"kind": "environment_healthy"}]', 'pgtap/project');
select pg_temp.ready(t.name) from unnest(array['lapses', 'lapses and waits']) as t (name);
select pg_temp.deploy('lapses', 4, 'production', 'p1', 'succeeded');
select pg_temp.agree('while approvals are valid');
select pg_temp.wait_until((
  select max(r.lapses_at) from ops.releases as r
  where r.release_id in (pg_temp.release('lapses'), pg_temp.release('lapses and waits'))
));
select pg_temp.agree('after approvals lapsed, before a fact');

-- Closed releases.
select pg_temp.as_person(
  'release_manager', 'rm-1', 'select ops.close_release(%L, ''cancelled'')', pg_temp.release(t.name)::text
)
from unnest(array['built', 'ready', 'rejected', 'bypassed', 'brief and failed', 'promoted']) as t (name);
select pg_temp.agree('after releases were closed');

select finish();
rollback;
