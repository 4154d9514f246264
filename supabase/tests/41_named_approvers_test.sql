begin;
create extension if not exists pgtap with schema extensions;
select plan(69);

\ir helpers/functions.psql

-- The finding on approvals of G3 of the release `name`.
create function pg_temp.approval(name text) returns ops.gate_finding
language sql as $$
  select f from ops.gate_findings(pg_temp.gate(name, 'G3')) as f where f.kind = 'approval'
$$;
-- The newest decision on the release `name`.
create function pg_temp.newest(name text) returns ops.approvals
language sql as $$
  select a from ops.approvals a where a.release_id = pg_temp.release(name) order by a.created_at desc limit 1
$$;
-- Let `approvers` approve G3 in pgtap/project, or by default, and `min_count` of them.
create function pg_temp.named(approvers text[], min_count integer default 1, project text default 'pgtap/project')
returns void
language sql as $$
  select pg_temp.set_policy('G3', jsonb_build_array(jsonb_build_object(
    'kind', 'approval', 'subject', 'release_manager', 'min_count', min_count, 'approvers', approvers)), project)
$$;
create function pg_temp.built(name text, initiator text default 'dev-1') returns void
language sql as $$
  select pg_temp.open(name, initiator => initiator);
  select pg_temp.build(name, 1, 'pass');
  select pg_temp.sign(name, 2, 'G2', 'qa-1', 'approved', 'test_result');
$$;
-- Whether `who` is asked to sign off the release `name`.
create function pg_temp.is_asked(who text, name text) returns boolean
language sql as $$
  select pg_temp.as_person('release_manager', who, format($q$
    select count(*) from jsonb_array_elements(to_jsonb(ops.inbox()) -> 'items') as i
    where i ->> 'release_name' = %L and i ->> 'kind' = 'sign_off' $q$, name)) <> '0'
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to(s.subject, 'release_manager', s.handle)
from (values ('Rm-3', 'Third'), ('rm-4', null), ('rm-5', null)) as s (subject, handle);

-- Who can be named.
create function pg_temp.stored_list() returns text[]
language sql as $$
  select q.approvers from ops.gate_requirements q
  where q.project = 'pgtap/project' and q.gate_code = 'G3' and q.valid_to is null
$$;
select pg_temp.named('{RM-HANDLE,rM-3,rm-2}');
select is(pg_temp.stored_list(), '{Rm-3,rm-1,rm-2}', 'handles and subjects in any case are stored as subjects');
select pg_temp.named('{third}');
select is(pg_temp.stored_list(), '{Rm-3}', 'a handle alone too');
select throws_ok(
  format($$ select pg_temp.set_policy('G3', jsonb_build_array(jsonb_build_object('kind', 'approval', 'subject',
    'release_manager', 'min_count', %s, 'approvers', %L::jsonb)), 'pgtap/project') $$, t.min_count, t.approvers),
  t.code, null, t.name)
from (values
  (1, '["rm-1", "RM-1"]', 'OPS10', 'nobody is named twice'), (1, '["rm-1", "rm-handle"]', 'OPS10', 'nor by two names'),
  (1, '[]', 'OPS10', 'nobody at all'), (3, '["rm-1", "rm-2"]', 'OPS10', 'fewer than must approve'),
  (1, '"rm-1"', 'OPS10', 'a name that is no list'), (1, '[["rm-1"], ["rm-2"]]', 'OPS10', 'a list of lists'),
  (1, '[null]', 'OPS10', 'a null'), (1, '[""]', 'OPS10', 'a blank'), (1, '["rm-1 "]', 'OPS10', 'a blank at its end'),
  (1, (select jsonb_agg('p' || n)::text from generate_series(1, 51) as n), 'OPS10', 'a list of 51'),
  (1, (select jsonb_build_array(repeat('p', 256))::text), 'OPS10', 'a name of 256 bytes'),
  (1, '["service_role"]', 'OPS10', 'the secret key'),
  (1, '["nobody"]', 'OPS06', 'somebody unknown'), (1, '["rm-1", "bot-1"]', 'OPS06', 'a bot')
) as t (min_count, approvers, code, name);
-- Somebody at least must hold the role in which they are to approve.
select throws_ok($$ select pg_temp.named('{qa-1,sre-1}') $$, 'OPS06', null, 'nobody named could ever approve');
select lives_ok($$ select pg_temp.named('{qa-1,rm-1}') $$, 'one of them can, and that is only warned of');
select lives_ok(
  $$ select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "approvers": ["qa-1"]},
    {"kind": "exception_approvals", "approvers": ["rm-1"]}]', 'pgtap/project') $$, 'each role is asked for by itself'
);
select throws_ok(
  $$ select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester"},
    {"kind": "exception_approvals", "approvers": ["qa-1"]}]', 'pgtap/project') $$, 'OPS06', null,
  'a release manager approves exceptions'
);
select pg_temp.set_policy('G2', '[]', 'pgtap/project');
select pg_temp.revoke_from('rm-5');
select throws_like(
  $$ select pg_temp.named('{rm-1,rm-5}') $$, '%rm-5%', 'somebody whose memberships ended, whom the sentence names'
);
select throws_ok(
  $$ select pg_temp.set_policy('G3', '[{"kind": "prior_gate", "subject": "G1", "approvers": ["rm-1"]}]') $$, 'OPS10',
  null, 'only approvals are by named people'
);
set local role none;
insert into ops.gate_requirements (project, gate_code, kind, subject, approvers)
values ('pgtap/written', 'G3', 'approval', 'release_manager', '{RM-2,rm-handle}');
select is(
  (select q.approvers from ops.gate_requirements as q
where q.project = 'pgtap/written'), '{rm-1,rm-2}'::text[],
  'the owner''s row is stored in the members'' spelling too'
);
select throws_ok(
  $$ insert into ops.gate_requirements (project, gate_code, kind, subject, approvers)
     values ('pgtap/odd', 'G3', 'approval', 'release_manager', '{rm-1,nobody}') $$,
  'OPS06', null, 'and must name active people'
);
select throws_ok(
  $$ insert into ops.gate_requirements (project, gate_code, kind, subject, approvers)
     values ('pgtap/odd', 'G3', 'approval', 'release_manager', '{qa-1}') $$,
  'OPS06', null, 'of whom one holds the role'
);
set local role service_role;
select pg_temp.named('{rm-1,rm-2}');
select is(
  (
    select count(*) from ops.gate_requirements as q
    where q.project = 'pgtap/project' and q.gate_code = 'G3' and q.valid_to is null
      and q.valid_from = (
        select max(x.valid_from) from ops.gate_requirements as x
where x.project = 'pgtap/project' and x.gate_code = 'G3'
        )
  ), 1::bigint, 'a list is one requirement'
);
create function pg_temp.since() returns timestamptz
language sql as $$
  select max(q.valid_from) from ops.gate_requirements q where q.project = 'pgtap/project' and q.gate_code = 'G3'
$$;
select set_config('pgtap.since', pg_temp.since()::text, true);
select pg_temp.named('{RM-2,rm-handle}');
select
    is(
        pg_temp.since()::text,
        current_setting('pgtap.since'),
        'the same people in another order and spelling change nothing'
    );

-- Whose approval counts.
select pg_temp.named('{rm-1,rm-2,rm-3}', 2);
select pg_temp.built('named');
select pg_temp.sign('named', 120, 'G3', 'rm-4', 'approved');
select is((pg_temp.newest('named')).unmet, 'approvers', 'who is not named does not count');
select pg_temp.sign('named', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.newest('named')).unmet, null, 'who is named does');
select is((pg_temp.approval('named')).state, 'unsatisfied', 'one of the two needed');
select is((pg_temp.approval('named')).who, 'release_manager', 'and the persona can give the other');
select ok(
  not pg_temp.is_asked('rm-4', 'named') and pg_temp.is_asked('rm-2', 'named') and not pg_temp.is_asked('rm-1', 'named'),
  'the named ones who did not approve are asked, nobody else'
);
select is(
  pg_temp.answered(pg_temp.event('gate_signoff', 'named', 120, '{"decision": "approved", "approver_id": "Third",
    "persona_role": "release_manager", "rationale_structured": {"why": "known"}}', 'G3')), 'accepted', 'a handle'
);
select is((pg_temp.approval('named')).state, 'satisfied', 'two of three, one by their handle');
select pg_temp.sign('named', 120, 'G3', 'rm-4', 'rejected');
select is((pg_temp.approval('named')).state, 'failed', 'an objection of somebody who is not named counts');
select pg_temp.sign('named', 120, 'G3', 'rm-4', 'approved');
select is((pg_temp.approval('named')).state, 'satisfied', 'and they lift it themselves');
select pg_temp.revoke_from('Rm-3');
select is((pg_temp.approval('named')).state, 'satisfied', 'who is revoked after approving has approved');

-- Too few of them are left.
select pg_temp.built('left');
select pg_temp.sign('left', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.approval('left')).who, 'release_manager', 'two of three are left');
select pg_temp.mark('two left');
select pg_temp.move_to('rm-2', 'sre');
select is((pg_temp.approval('left')).who, 'service_role', 'one is left: the holder of the secret key can mend it');
select is((pg_temp.approval('left')).state, 'unsatisfied', 'and it is not met');
select is(
  (
    select g ->> 'who' from jsonb_array_elements(
      ops.release_overview(pg_temp.release('left'), pg_temp.at('two left')) #> '{gates,2,findings}') as g
    where g ->> 'kind' = 'approval'
  ), 'release_manager', 'replay says who could have mended it then'
);
select is(
  (
    select g ->> 'who' from jsonb_array_elements(
      ops.release_overview(pg_temp.release('left'), clock_timestamp()) #> '{gates,2,findings}') as g
    where g ->> 'kind' = 'approval'
  ), 'service_role', 'and now'
);
select is(
  (
    select row(g.status::text, g.first_missing) from ops.v_release_gate_summary as g
    where g.gate_id = pg_temp.gate('left', 'G3')
  ), (
    select row(ops.gate_status_at(pg_temp.gate('left', 'G3'), pg_temp.at('two left')), x.first_missing)
    from ops.release_gates as x
where x.gate_id = pg_temp.gate('left', 'G3')
  ), 'the verdict depends on no membership'
);
select pg_temp.sign('left', 120, 'G3', 'rm-4', 'rejected');
select is((pg_temp.approval('left')).who, 'release_manager', 'an objection is first of all for who objects');
select pg_temp.move_to('rm-2', 'release_manager');

-- Who approved and holds the role no more has approved: the others are asked for the rest.
select pg_temp.named('{rm-1,rm-2}', 2);
select pg_temp.built('done');
select pg_temp.sign('done', 120, 'G3', 'rm-1', 'approved');
select pg_temp.mark('both hold');
select pg_temp.move_to('rm-1', 'sre');
select is((pg_temp.approval('done')).who, 'release_manager', 'one of the two approved before they left: one is needed');
select ok(pg_temp.is_asked('rm-2', 'done'), 'and is asked');
select pg_temp.move_to('rm-2', 'sre');
select is((pg_temp.approval('done')).who, 'service_role', 'without them nobody can');
select pg_temp.move_to('rm-2', 'release_manager');
select pg_temp.sign('done', 120, 'G3', 'rm-2', 'approved');
select is((pg_temp.approval('done')).state, 'satisfied', 'with theirs it passes');
select pg_temp.move_to('rm-1', 'release_manager');
select pg_temp.named('{rm-1,rm-2,rm-4}', 2);
select pg_temp.built('not counted');
select pg_temp.sign('not counted', 120, 'G3', 'rm-1', 'approved');
select pg_temp.build('not counted', 120, 'pass', jsonb_build_object('artifacts', jsonb_build_array(
  jsonb_build_object('name', 'app', 'sha256', repeat('a', 64)))));
select pg_temp.move_to('rm-1', 'sre');
select is((pg_temp.approval('not counted')).who, 'release_manager', 'two others hold the role');
select pg_temp.move_to('rm-2', 'sre');
select is(
  (pg_temp.approval('not counted')).who, 'service_role', 'an approval of an earlier build by who left does not count'
);
select pg_temp.move_to('rm-1', 'release_manager');
select pg_temp.move_to('rm-2', 'release_manager');

-- The initiator, and who approved another gate.
select pg_temp.named('{rm-1,rm-2}');
select pg_temp.built('initiated', 'rm-1');
select pg_temp.sign('initiated', 120, 'G3', 'rm-1', 'approved');
select is(
  (pg_temp.approval('initiated')).state, 'unsatisfied', 'a named person who initiated the release does not count'
);
select is((pg_temp.approval('initiated')).who, 'release_manager', 'the other one can');
select pg_temp.named('{rm-1,rm-2}', 2);
select pg_temp.built('both', 'rm-1');
select is((pg_temp.approval('both')).who, 'service_role', 'where both are needed and one initiated, nobody can');

-- Every project, and one.
select pg_temp.named('{rm-2}', 1, null);
select pg_temp.set_policy('G3', '[]', 'pgtap/project');
select pg_temp.built('default');
select pg_temp.sign('default', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.newest('default')).unmet, 'approvers', 'a default list holds for a project without rows of its own');
select pg_temp.named('{rm-1}');
select pg_temp.built('own rows');
select pg_temp.sign('own rows', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.approval('own rows')).state, 'satisfied', 'a project''s own list replaces it');
select pg_temp.sign('default', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.newest('default')).unmet, 'approvers', 'not for a release that was opened before');

-- Exceptions.
create function pg_temp.allow(name text, gates text, who text, type text default 'gate_bypass') returns uuid
language sql as $$
  insert into ops.exceptions (
    release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at)
  values (pg_temp.release(name), type::ops.ops_exception_type, gates::ops.ops_gate_code[], 'r', 'r', who,
    now() + interval '1 day')
  returning exception_id
$$;
create function pg_temp.decide(
    id text, who text, persona text default 'release_manager', decision text default 'approved'
)
returns void
language sql as $$
  insert into ops.approvals (release_id, exception_id, approver_id, persona_role, decision, scope, rationale_structured)
  select x.release_id, x.exception_id, who, persona::ops.ops_persona_role, decision::ops.ops_decision_type, 'exception',
    '{"why": "known"}'
  from ops.exceptions x where x.exception_id = current_setting(id)::uuid
$$;
create function pg_temp.authorises(id text) returns boolean
language sql as $$
  select v.authorises from ops.v_exception_status v where v.exception_id = current_setting(id)::uuid
$$;
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "min_count": 2,
  "approvers": ["rm-1", "rm-2"]}]', 'pgtap/project');
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "approvers": ["qa-1"]},
  {"kind": "exception_approvals", "approvers": ["rm-4"]}]', 'pgtap/project');
select pg_temp.open('excepted');
select set_config('pgtap.g3', pg_temp.allow('excepted', '{G3}', 'rm-4')::text, true);
select is(pg_temp.authorises('pgtap.g3'), false, 'a bypass of G3 asks for the people that G3 names');
select pg_temp.decide('pgtap.g3', 'rm-1');
select is(pg_temp.authorises('pgtap.g3'), false, 'for all that must approve there');
select is(
  (
    select row(v.approvals, v.approvals_needed, v.missing is null, v.objection) from ops.v_exception_status as v
    where v.exception_id = current_setting('pgtap.g3')::uuid
  ), row(2::bigint, 1, false, null::text), 'enough approve it, and the view says that some are missing'
);
select is(
  array(
    select w.who from unnest(array['rm-1', 'rm-2', 'rm-4']) as w (who)
    where pg_temp.as_person('release_manager', w.who, $$
      select count(*) from jsonb_array_elements(to_jsonb(ops.inbox()) -> 'items') as i
      where i ->> 'kind' = 'exception_decision' $$) <> '0'
order by w.who
  ), '{rm-2}', 'the named one who did not approve is asked'
);
select pg_temp.decide('pgtap.g3', 'rm-2');
select is(pg_temp.authorises('pgtap.g3'), true, 'with both it authorises');
select is(
  (select v.missing from ops.v_exception_status as v
where v.exception_id = current_setting('pgtap.g3')::uuid), null,
  'and nothing is missing'
);
select set_config('pgtap.g2', pg_temp.allow('excepted', '{G2}', 'rm-1')::text, true);
select pg_temp.decide('pgtap.g2', 'qa-1', 'qa_tester');
select is(
  pg_temp.authorises('pgtap.g2'), false, 'exception_approvals names people of its own, beside those of the gate'
);
select pg_temp.decide('pgtap.g2', 'rm-4');
select is(pg_temp.authorises('pgtap.g2'), true, 'with them, and with the tester whom the gate names, it authorises');
select pg_temp.decide('pgtap.g2', 'qa-1', 'qa_tester', 'rejected');
select is(pg_temp.authorises('pgtap.g2'), false, 'an objection of theirs takes that away');
select set_config('pgtap.waiver', pg_temp.allow('excepted', '{G3}', 'rm-4', 'evidence_waiver')::text, true);
select
    is(
        pg_temp.authorises('pgtap.waiver'), true, 'a waiver of evidence covers no approval, so it asks for none of them'
    );
select set_config('pgtap.g2w', pg_temp.allow('excepted', '{G2}', 'rm-1', 'evidence_waiver')::text, true);
select is(pg_temp.authorises('pgtap.g2w'), false, 'but exception_approvals is about every exception');
select pg_temp.decide('pgtap.g2w', 'rm-4');
select is(pg_temp.authorises('pgtap.g2w'), true, 'whom it names approves');
select is(
  (select ops.release_overview(pg_temp.release('excepted')) -> 'exceptions' -> 0 ? 'missing'), true,
  'release_overview says what is missing'
);

select finish();
rollback;
