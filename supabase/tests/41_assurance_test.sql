begin;
create extension if not exists pgtap with schema extensions;
select plan(104);

\ir helpers/functions.psql
\ir helpers/assurance.psql

-- Insert an approval of `gate` as `who`, by their own token with these `claims`, with an assurance of the caller's own.
create function pg_temp.insert_own(name text, gate text, who text, claims jsonb default '{}') returns ops.assurance
language plpgsql as $$
declare
  v_role constant text := case gate when 'G2' then 'qa_tester' else 'release_manager' end;
  v_gate constant uuid := pg_temp.gate(name, gate);
  v_release constant uuid := pg_temp.release(name);
begin
  perform set_config('request.jwt.claims', coalesce(
    (jsonb_build_object('sub', who, 'role', v_role) || claims)::text, current_setting('pgtap.claims', true)), true);
  perform set_config('role', v_role, true);
  insert into ops.approvals (
    release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured, assurance, unmet)
  values (
    v_release, v_gate, who, v_role::ops.ops_persona_role, 'approved', 'gate', '{"why": "known"}',
    row(true, 'aal2', '2026-01-01', '2026-01-01'), 'approvers');
  perform set_config('role', 'service_role', true);
  perform set_config('request.jwt.claims', '', true);
  return (pg_temp.newest(name)).assurance;
end
$$;
-- The finding on approvals of a gate: state, and the codes of why approvals do not count.
create function pg_temp.approval(name text, gate text) returns ops.gate_finding
language sql as $$
  select f from ops.gate_findings(pg_temp.gate(name, gate)) as f where f.kind = 'approval'
$$;

-- Whether the finding on approvals says these reasons of one person. Created as the owner, who may ask for the words.
create function pg_temp.says(name text, code text, reasons text[]) returns boolean[]
language sql security definer as $$
  select array(
    select position(
        ops_private.uncounted_in_words(r.reason, case code when 'G2' then 'qa-1' else 'rm-1' end)
      in (pg_temp.approval(name, code)).detail) > 0
    from unnest(reasons) with ordinality as r (reason, place) order by r.place)
$$;

set local role service_role;
\ir helpers/members.psql

-- What is recorded, by every way in.
select pg_temp.open('recorded');
select pg_temp.build('recorded', 1, 'pass');
select is(pg_temp.own('recorded', 'G2', 'qa-1', claims => pg_temp.aal2()), '-', 'an event by a person''s own token');
select is(
  (
    select row((a.assurance).own_token, (a.assurance).aal, (a.assurance).sso_at, a.unmet)
    from pg_temp.newest('recorded') as a
  ), row(true, 'aal2'::text, null::timestamptz, null::text), 'records what the token says'
);
select ok(
  (
    select (a.assurance).second_factor_at between a.created_at - interval '2 minutes' and a.created_at
    from pg_temp.newest('recorded') as a
  ), 'and when they gave the second factor'
);
select is(
  pg_temp.insert_own('recorded', 'G2', 'qa-2', pg_temp.claims('aal1', '{password}')),
  row(true, 'aal1', null, null)::ops.assurance,
  'a direct insert too, whatever the caller sent'
);
select is((pg_temp.newest('recorded')).unmet, null, 'and unmet is the server''s as well');
select pg_temp.sign('recorded', 120, 'G2', 'qa-1', 'approved');
select is(
  (pg_temp.newest('recorded')).assurance, row(false, null, null, null)::ops.assurance,
  'an agent that names the person is not their own token'
);

select set_config(
  'request.jwt.claims', (jsonb_build_object('sub', 'qa-1', 'role', 'qa_tester') || pg_temp.aal2())::text, true);
select pg_temp.sign('recorded', 120, 'G2', 'qa-1', 'approved');
select is(
  (pg_temp.newest('recorded')).assurance, row(false, null, null, null)::ops.assurance,
  'claims that a holder of the secret key sets are none'
);
set local role none;
insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
values (
  pg_temp.release('recorded'), pg_temp.gate('recorded', 'G2'), 'qa-1', 'qa_tester', 'approved', 'gate',
  '{"why": "known"}'
);
select is(
  (pg_temp.newest('recorded')).assurance, row(false, null, null, null)::ops.assurance,
  'claims that the owner of the database sets without a role are none'
);
set local role service_role;
select set_config('request.jwt.claims', '', true);

-- What the claims of a token say.
set local role none;
select is(
  ops_private.assurance_in(t.claims, '2026-06-01 12:00:00+00'), t.said::ops.assurance, t.name)
from (values
  ('{"aal": "aal2", "amr": [{"method": "totp", "timestamp": 1780315200}]}'::jsonb,
    '(t,aal2,"2026-06-01 12:00:00+00",)', 'a second factor of this very second'),
  ('{"aal": "aal2", "amr": [{"method": "totp", "timestamp": 1780315260}]}',
    '(t,aal2,"2026-06-01 12:00:00+00",)', 'one by a clock that is 60 seconds ahead is of this moment'),
  ('{"aal": "aal1", "amr": [{"method": "sso/saml", "timestamp": 1780315203}]}',
    '(t,aal1,,"2026-06-01 12:00:00+00")', 'and so is single sign-on'),
  ('{"aal": "aal2", "amr": [{"method": "totp", "timestamp": 1780315261}]}', '(t,aal2,,)', 'one further ahead is none'),
  ('{"aal": "aal2", "amr": [{"method": "totp", "timestamp": 1780315261}, {"method": "totp", "timestamp": 1780315100}]}',
    '(t,aal2,"2026-06-01 11:58:20+00",)', 'of several the newest that is not in the future'),
  ('{"aal": "aal2", "amr": [{"method": "mfa/phone", "timestamp": 1780315100}]}',
    '(t,aal2,"2026-06-01 11:58:20+00",)', 'a code by phone'),
  ('{"aal": "aal2", "amr": [{"method": "mfa/webauthn", "timestamp": 1780315100}]}',
    '(t,aal2,"2026-06-01 11:58:20+00",)', 'a security key'),
  ('{"aal": "aal1", "amr": [{"method": "sso/saml", "timestamp": 1780315100, "provider": "p"}]}',
    '(t,aal1,,"2026-06-01 11:58:20+00")', 'single sign-on'),
  ('{"aal": "aal1", "amr": [{"method": "password", "timestamp": 1780315100}, {"method": "otp", "timestamp": 1780315100},
    {"method": "oauth", "timestamp": 1780315100}, {"method": "passkey", "timestamp": 1780315100},
    {"method": "phone", "timestamp": 1780315100}, {"method": "TOTP", "timestamp": 1780315100}]}',
    '(t,aal1,,)', 'a first factor is no second one'),
  ('{"aal": "aal2", "amr": ["totp", "mfa", "sso/saml"]}', '(t,aal2,,)', 'methods without a moment'),
  ('{"aal": "aal2", "amr": [{"method": "totp", "timestamp": "1780315100"}, {"method": "totp"}, {"method": "totp",
    "timestamp": null}, {"method": "totp", "timestamp": -1}, {"method": "totp", "timestamp": 1e-400}, {"method": "totp", "timestamp": 1e308}, {"method": "totp",
    "timestamp": {}}, {"timestamp": 1780315100}, {"method": ["totp"], "timestamp": 1780315100}, [], null, 7, "x"]}',
    '(t,aal2,,)', 'entries of broken shapes'),
  ('{"aal": "aal3", "amr": "totp"}', '(t,,,)', 'an amr that is no list, and a level that is not known'),
  ('{"aal": ["aal2"], "amr": {"method": "totp", "timestamp": 1780315100}}', '(t,,,)', 'an amr that is one entry'),
  ('{"aal": 2, "amr": null}', '(t,,,)', 'neither'), ('{}', '(t,,,)', 'nothing')
) as t (claims, said, name);
select is(
  ops_private.assurance_in(jsonb_build_object('aal', 'aal2', 'amr', (
    select jsonb_agg('{"method": "totp", "timestamp": 1780315100}'::jsonb) from generate_series(1, n.n))),
    '2026-06-01 12:00:00+00'),
  n.said::ops.assurance, format('a list of %s', n.n))
from (values (100, '(t,aal2,"2026-06-01 11:58:20+00",)'), (101, '(t,aal2,,)')) as n (n, said);
set local role service_role;
select is(
  pg_temp.insert_own('recorded', 'G2', 'qa-1', pg_temp.aal2() || jsonb_build_object('more', repeat('x', 70000))),
  row(true, null, null, null)::ops.assurance, 'of a token of more than 64 KiB only the subject is read'
);
-- As text: Postgres cannot write these numbers out.
create function pg_temp.insert_with(claims text) returns ops.assurance
language plpgsql as $$
begin
  perform set_config('pgtap.claims', claims, true);
  return pg_temp.insert_own('recorded', 'G2', 'qa-1', null);
end
$$;
select is(
  pg_temp.insert_with(format('{"sub": "qa-1", "role": "qa_tester", "aal": "aal2", "amr": [%s{"method": "totp",
    "timestamp": 1}]}', repeat('{"method": "totp", "timestamp": 1e130000}, ', t.times))),
  row(true, t.aal, t.factor, null)::ops.assurance, t.name)
from (values
  (
      90,
      'aal2',
      timestamptz '1970-01-01 00:00:01+00',
      'numbers that are short to send and long to write are only compared'
  ),
  (25000, null, null, 'an amr of 1 MB says nothing')
) as t (times, aal, factor, name);

-- What policy can ask.
select lives_ok(
  $$ select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "own_token": true},
    {"kind": "exception_approvals", "min_count": 2, "own_token": true, "aal2": true, "accept_sso": true}]',
    'pgtap/project') $$, 'own_token, aal2 and accept_sso are asked of approvals, also of exceptions'
);
select throws_ok(
  format($$ select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "sre"}, %s]') $$, b.row), 'OPS10', null,
  'refused: ' || b.row)
from (values
  ('{"kind": "prior_gate", "subject": "G1", "own_token": true}'), ('{"kind": "no_failed_checks", "aal2": true}'),
  ('{"kind": "evidence", "subject": "test_result", "aal2": true, "accept_sso": true}'),
  ('{"kind": "approval", "subject": "release_manager", "accept_sso": true}'),
  ('{"kind": "approval", "subject": "release_manager", "aal2": "now"}'),
  ('{"kind": "approval", "subject": "release_manager", "aal3": true}')
) as b (row);
select is(
  (
    select row(q.own_token, q.aal2, q.accept_sso, q.approvers) from ops.gate_requirements as q
    where q.project = 'pgtap/project' and q.valid_to is null and q.kind = 'exception_approvals'
  ), row(true, true, true, null::text[]), 'the requirement says so'
);

-- The own token.
select pg_temp.open('own');
select pg_temp.build('own', 1, 'pass');
select pg_temp.sign('own', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.newest('own')).unmet, 'own_token', 'an agent''s naming does not meet own_token');
select is((pg_temp.approval('own', 'G3')).state, 'unsatisfied', 'so it does not count');
select is((pg_temp.approval('own', 'G3')).who, 'release_manager', 'and the persona can mend it');
select is(pg_temp.stored('own', 'G3'), 'in_progress', 'yet it is a fact on the gate');
select is(pg_temp.own('own', 'G3', 'rm-1'), '-', 'the own token meets it');
select is((pg_temp.approval('own', 'G3')).state, 'satisfied', 'and counts');
select pg_temp.sign('own', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.approval('own', 'G3')).state, 'satisfied', 'an agent''s later naming takes nothing away');
select is(pg_temp.own('own', 'G3', 'rm-1', 'rejected'), '-', 'the person rejects');
select pg_temp.sign('own', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.approval('own', 'G3')).state, 'failed', 'and an agent''s naming does not lift that');
select is(pg_temp.own('own', 'G3', 'rm-1'), '-', 'the person lifts it');
select is((pg_temp.approval('own', 'G3')).state, 'satisfied', 'with their own token');
select pg_temp.sign('own', 120, 'G3', 'rm-1', 'rejected');
select is((pg_temp.approval('own', 'G3')).state, 'failed', 'an objection counts, also by an agent''s naming');
select pg_temp.sign('own', 120, 'G3', 'rm-1', 'approved');
select is((pg_temp.approval('own', 'G3')).state, 'failed', 'which an agent''s naming does not lift either');
select is(pg_temp.says('own', 'G3', '{own_token}'), '{true}', 'and the finding says why, beside the objection');

-- The second factor.
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "aal2": true}]', 'pgtap/project');
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "aal2": true,
  "accept_sso": true}]', 'pgtap/project');
select is(pg_temp.own('own', 'G2', 'qa-1'), '-', 'a release that is open already is judged by the policy of its time');
select pg_temp.open('factor');
select pg_temp.build('factor', 1, 'pass');
select is(pg_temp.own('factor', 'G2', 'qa-1', claims => t.claims), t.said, t.name)
from (values
  ('{}'::jsonb, 'aal2', 'a token that says nothing has no second factor'),
  (pg_temp.claims('aal1', '{password}'), 'aal2', 'a password is none'),
  (pg_temp.claims('aal1', '{password,totp}'), 'aal2', 'the token must say aal2'),
  (pg_temp.claims('aal2', '{password}'), 'aal2', 'aal2 alone, without a moment, does not do'),
  (pg_temp.aal2('-5 minutes'), 'aal2', 'a second factor in the future is none'),
  (pg_temp.aal2('12 hours 1 minute'), 'aal2', 'nor is an old one'),
  (pg_temp.claims('aal1', '{sso/saml}'), 'aal2', 'single sign-on is accepted only where policy says so')
) as t (claims, said, name);
select is((pg_temp.approval('factor', 'G2')).state, 'unsatisfied', 'none of these counts');
select is(pg_temp.own('factor', 'G2', 'qa-1', 'approved', pg_temp.aal2()), '-', 'with a second factor it does');
select is((pg_temp.approval('factor', 'G2')).state, 'satisfied', 'the same person approves again, and counts');
select is(pg_temp.own('factor', 'G2', 'qa-1'), 'aal2', 'a later one without takes nothing away');
select is((pg_temp.approval('factor', 'G2')).state, 'satisfied', 'so the earlier one counts');
select pg_temp.sign('factor', 120, 'G2', 'qa-2', 'approved');
select is((pg_temp.newest('factor')).unmet, 'aal2', 'an agent cannot bring along the second factor of the person');
select is(
  pg_temp.own('factor', 'G3', 'rm-1', 'approved', pg_temp.claims('aal1', '{sso/saml}', t.ago)), t.said, t.name)
from (values
  (interval '12 hours 1 minute', 'aal2', 'an old single sign-on is not accepted either'),
  (interval '11 hours', '-', 'a single sign-on of the last 12 hours is')
) as t (ago, said, name);
select is((pg_temp.approval('factor', 'G3')).state, 'satisfied', 'and counts');

-- Exactly 12 hours.
set local role none;
select is(
  ops_private.what_is_unmet(
    row(false, true, t.sso, null)::ops_private.approval_conditions, 'p',
    row(true, t.aal, t.factor, t.signed_on)::ops.assurance, '2026-06-01 12:00:00+00'), t.said, t.name)
from (values
  (
      false,
      'aal2',
      timestamptz '2026-06-01 00:00:00+00',
      null::timestamptz,
      null,
      'a second factor of 12 hours ago counts'
  ),
  (false, 'aal2', '2026-05-31 23:59:59+00', null, 'aal2', 'one of 12 hours and 1 second ago does not'),
  (true, 'aal1', null, '2026-06-01 00:00:00+00', null, 'a single sign-on of 12 hours ago counts'),
  (true, 'aal1', null, '2026-05-31 23:59:59+00', 'aal2', 'one of 12 hours and 1 second ago does not'),
  (false, 'aal1', null, '2026-06-01 00:00:00+00', 'aal2', 'none counts where it is not accepted'),
  (true, 'aal2', '2026-06-01 12:00:01+00', '2026-06-01 12:00:01+00', 'aal2', 'nor what is later than the decision')
) as t (sso, aal, factor, signed_on, said, name);
set local role service_role;

-- What the person did last is said, and not what it did not replace.
create function pg_temp.built_as(name text, build integer) returns text
language sql as $$
  select pg_temp.build(name, build, 'pass', jsonb_build_object('artifacts', jsonb_build_array(
    jsonb_build_object('name', 'app', 'sha256', repeat(build::text, 64)))))
$$;
select pg_temp.open('rebuilt');
select pg_temp.built_as('rebuilt', 1);
select pg_temp.own('rebuilt', 'G2', 'qa-1', 'approved', pg_temp.aal2());
select pg_temp.own('rebuilt', 'G2', 'qa-1');
select pg_temp.built_as('rebuilt', 2);
select is(
  pg_temp.says('rebuilt', 'G2', '{earlier_build,aal2}'), '{true,false}',
  'an approval of an earlier build, and a later one of it without a second factor'
);
select pg_temp.own('rebuilt', 'G2', 'qa-1');
select is(
  pg_temp.says('rebuilt', 'G2', '{earlier_build,aal2}'), '{false,true}',
  'the build on record was approved, and the second factor is missing'
);
select pg_temp.own('rebuilt', 'G2', 'qa-1', 'approved', pg_temp.aal2());
select is((pg_temp.approval('rebuilt', 'G2')).state, 'satisfied', 'with it, the approval counts');

-- A refused objection, and what lifts it.
select pg_temp.open('contested');
select pg_temp.build('contested', 1, 'pass');
select ops.ingest_event(pg_temp.event('gate_signoff', 'contested', 120, '{"decision": "rejected",
  "approver_id": "qa-1", "persona_role": "qa_tester", "rationale_structured": {}}', 'G2'));
select is(pg_temp.stored('contested', 'G2'), 'failed', 'a refused rejection stands');
select pg_temp.sign('contested', 120, 'G2', 'qa-1', 'approved');
select is(pg_temp.stored('contested', 'G2'), 'failed', 'an approval that lacks the second factor does not end it');
select pg_temp.own('contested', 'G2', 'qa-1', 'approved', pg_temp.aal2());
select is(pg_temp.stored('contested', 'G2'), 'passed', 'one with it does');

-- Replay and the inbox.
select is(
  ops.gate_status_at(pg_temp.gate('factor', 'G2'), (
    select min(a.created_at) from ops.approvals as a
where a.gate_id = pg_temp.gate('factor', 'G2')
  )), 'in_progress', 'replay says what counted then'
);
select pg_temp.open('waits');
select pg_temp.build('waits', 1, 'pass');
select pg_temp.own('waits', 'G2', 'qa-1');
select is(
  pg_temp.as_person('qa_tester', 'qa-1', $$
    select count(*) from jsonb_array_elements(to_jsonb(ops.inbox()) -> 'items') as i
    where i ->> 'release_name' = 'waits' and i ->> 'kind' = 'sign_off' $$),
  '1', 'who approved without the second factor is asked again'
);
select pg_temp.own('waits', 'G2', 'qa-1', 'approved', pg_temp.aal2());
select is(
  pg_temp.as_person('qa_tester', 'qa-1', $$
    select count(*) from jsonb_array_elements(to_jsonb(ops.inbox()) -> 'items') as i
    where i ->> 'release_name' = 'waits' and i ->> 'kind' = 'sign_off' $$),
  '0', 'until they approved with it'
);

-- Exceptions.
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "build"}, {"kind": "exception_approvals",
  "own_token": true}]', 'pgtap/project');
select pg_temp.open('excepted');
select is(pg_temp.authorises(pg_temp.except_for('excepted', t.gates, t.who, t.own, t.claims, t.type)), t.said, t.name)
from (values
  (
      '{G1}',
      'rm-1',
      false,
      '{}'::jsonb,
      'gate_bypass',
      false,
      'own_token of exceptions: an agent''s naming authorises nothing'
  ),
  ('{G1}', 'rm-1', false, '{}', 'evidence_waiver', false, 'of whatever type'),
  ('{G1}', 'rm-1', true, '{}', 'gate_bypass', true, 'the own token does'),
  ('{G2}', 'rm-1', true, '{}', 'gate_bypass', false, 'a bypass asks for the second factor that its gate asks for'),
  ('{G2}', 'rm-1', true, '{}', 'evidence_waiver', true, 'a waiver of evidence covers no approval, so it does not'),
  ('{G2}', 'rm-1', true, pg_temp.aal2(), 'gate_bypass', true, 'with the second factor it authorises'),
  ('{G2,G3}', 'rm-1', true, pg_temp.claims('aal1', '{sso/saml}'), 'gate_bypass', false,
    'single sign-on is accepted only where all gates accept it'),
  ('{G3}', 'rm-1', true, pg_temp.claims('aal1', '{sso/saml}'), 'gate_bypass', true, 'as G3 does'),
  ('{G1,G3}', 'rm-1', false, pg_temp.aal2(), 'gate_bypass', false, 'of several gates the most is asked'),
  ('{G4}', 'rm-1', false, '{}', 'gate_bypass', true, 'a gate that asks for nothing asks for nothing')
) as t (gates, who, own, claims, type, said, name);
select set_config('pgtap.exception', pg_temp.except_for('excepted', '{G1}', 'rm-1', false)::text, true);
select is(
  (
    select row(v.authorises, v.approvals, v.approvals_needed, v.missing is null, v.objection)
    from ops.v_exception_status as v
where v.exception_id = current_setting('pgtap.exception')::uuid
  ), row(false, 0::bigint, 1, false, null::text), 'the view says that something is missing'
);
select is(
  pg_temp.decide(current_setting('pgtap.exception')::uuid, t.who, t.own), t.said, t.name)
from (values
  ('rm-2', false, false, 'an approval by naming does not count there either'),
  ('rm-1', true, true, 'its approver approves it again with their own token')
) as t (who, own, said, name);
select is(pg_temp.stored('excepted', 'G1'), 'bypassed', 'and then it bypasses the gate');

-- The release as a whole: an approval lifts the objection of the same person, so it must be as surely theirs as any
-- gate asks.
create function pg_temp.decide_whole(name text, who text, decision text, own boolean) returns text
language plpgsql as $$
declare
  v_release constant uuid := pg_temp.release(name);
begin
  if own then
    perform set_config('request.jwt.claims', jsonb_build_object('sub', who, 'role', 'release_manager')::text, true);
    perform set_config('role', 'release_manager', true);
  end if;
  insert into ops.approvals (release_id, approver_id, persona_role, decision, scope, rationale_structured)
  values (v_release, who, 'release_manager', decision::ops.ops_decision_type, 'release', '{"why": "known"}');
  perform set_config('role', 'service_role', true);
  perform set_config('request.jwt.claims', '', true);
  return coalesce((pg_temp.newest(name)).unmet, '-');
end
$$;
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "own_token": true}]', 'pgtap/project');
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "own_token": true}]',
  'pgtap/project');
select pg_temp.open('whole');
select is(pg_temp.decide_whole('whole', 'rm-1', 'rejected', true), '-', 'a person objects to the release as a whole');
select is(pg_temp.decide_whole('whole', 'rm-1', 'approved', false), 'own_token', 'an agent approves it in their name');
select ok(
  exists (
    select from ops.promotion_blockers(pg_temp.release('whole'), 'production') as b
    where b.gate_id is null and b.detail like '%rm-1%'),
  'and lifts nothing'
);
select is(pg_temp.decide_whole('whole', 'rm-1', 'approved', true), '-', 'they approve it with their own token');
select ok(
  not exists (
    select from ops.promotion_blockers(pg_temp.release('whole'), 'production') as b
    where b.gate_id is null and b.detail like '%rm-1%'),
  'which lifts it'
);
select is(pg_temp.decide_whole('whole', 'rm-2', 'rejected', false), '-', 'an objection counts by whomever it comes');

-- What is shown.
select is(
  (
    select ops.release_overview(pg_temp.release('own')) #>> '{decisions,1,assurance,own_token}'
  ), 'false', 'release_overview shows the assurance of a decision'
);
select is(
  (
    select ops.release_overview(pg_temp.release('own')) #>> '{decisions,1,unmet}'
  ), 'own_token', 'and what it does not meet'
);

select finish();
rollback;
