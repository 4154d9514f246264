begin;
create extension if not exists pgtap with schema extensions;
select plan(344);

\ir helpers/functions.psql
\ir helpers/contested.psql

set local role service_role;
\ir helpers/members.psql

-- A failure that is refused for any reason keeps G1 closed until the check passes again.
select pg_temp.ready(t.name) from unnest(array[
  'reused', 'bad field', 'long field', 'bad list', 'no key', 'bad key', 'unknown field', 'bad source', 'bad time',
  'version', 'deep', 'mixed case', 'evidence'
]) as t (name);
select is(
  pg_temp.answered(pg_temp.odd('build_complete', 'reused', 1, '{"status": "pass"}', key => 'run-1')), 'accepted',
  'a build passes'
);
create temporary table refused on commit drop as
select
  t.name,
  t.error,
  pg_temp.odd('build_complete', t.name, 120, t.payload, changed => t.changed, key => t.key) as event
from (values
  ('reused', 'rejected idempotency_key_reused', '{"status": "fail"}'::jsonb, '{}'::jsonb, 'run-1'),
  ('bad field', 'rejected invalid_payload', '{"status": "fail", "artifact_ref": 7}', '{}', 'run-2'),
  ('long field', 'rejected invalid_payload',
    jsonb_build_object('status', 'fail', 'artifact_ref', repeat('x', 9000)), '{}', 'run-3'),
  ('bad list', 'rejected invalid_payload', '{"status": "fail", "checks": 1}', '{}', 'run-4'),
  ('no key', 'rejected invalid_envelope', '{"status": "fail"}', '{"idempotency_key": null}', 'run-5'),
  ('bad key', 'rejected invalid_envelope', '{"status": "fail"}', '{"idempotency_key": "x"}', 'run-6'),
  ('unknown field', 'rejected invalid_envelope', '{"status": "fail"}', '{"more": 1}', 'run-7'),
  ('bad source', 'rejected invalid_envelope', '{"status": "fail"}', '{"source_system": "abacus"}', 'run-8'),
  ('bad time', 'rejected invalid_envelope', '{"status": "fail"}', '{"emitted_at": "noon"}', 'run-9'),
  ('version', 'rejected unsupported_schema_version', '{"status": "fail"}', '{"schema_version": "v9"}', 'run-10'),
  ('deep', 'rejected payload_too_large', jsonb_build_object('status', 'fail', 'deep',
    (repeat('[', 40) || repeat(']', 40))::jsonb), '{}', 'run-11'),
  ('mixed case', 'rejected invalid_payload', '{"status": " FAILED "}', '{}', 'run-12'),
  ('evidence', 'rejected invalid_payload', '{"status": "fail", "evidence": [{}]}', '{}', 'run-13')
) as t (name, error, payload, changed, key);
select is(pg_temp.answered(r.event), r.error, format('a failed build is refused: %s', r.name)) from refused as r;
select is(pg_temp.stored(r.name, 'G1'), 'failed', format('G1 is failed after it: %s', r.name)) from refused as r;
select is(pg_temp.contested(r.name), '{G1 build}', format('the report is contested: %s', r.name)) from refused as r;
select is(pg_temp.eligible(r.name, 'staging'), false, format('it is not eligible for staging: %s', r.name))
from refused as r;
select is(
  ops.ingest_event(r.event) #>> '{detail,contested,0,subject}', 'build',
  format('a retry is told of what stands: %s', r.name)
)
from refused as r;
select is(
  (select count(*)::integer from ops.contested_reports as c
   where c.release_id = pg_temp.release(r.name)), 1,
  format('a retry contests nothing twice: %s', r.name)
)
from refused as r;
select is(pg_temp.build(r.name, 120, 'pass'), 'accepted', format('the check passes again: %s', r.name))
from refused as r;
select is(pg_temp.contested(r.name), '{}', format('the contested report ends: %s', r.name)) from refused as r;
select is(pg_temp.stored(r.name, 'G1'), 'passed', format('G1 passes again: %s', r.name)) from refused as r;
select is(pg_temp.eligible(r.name, 'production'), true, format('it is eligible again: %s', r.name)) from refused as r;

-- The answer and the log say so.
select pg_temp.ready('told');
select is(
  ops.ingest_event(pg_temp.odd('build_complete', 'told', 120, '{"status": "fail", "artifact_ref": 7,
    "checks": [{"check_name": "lint", "status": "fail"}, {"check_name": "unit", "status": "pass"},
    {"check_name": 9, "status": "fail"}]}')) #- '{detail,contested,0,remedy}' #- '{detail,contested,1,remedy}'
    #- '{detail,contested,2,remedy}' #> '{detail,contested}',
  '[{"gate_code": "G1", "status": "fail", "subject": "build", "who": "ci_service_role"},
    {"gate_code": "G1", "status": "fail", "subject": "lint", "who": "ci_service_role"},
    {"gate_code": "G1", "status": "fail", "who": "service_role"}]',
  'the answer names each stop, also one whose check cannot be read'
);
select results_eq(
  $$ select c.check_name::text collate "default", c.error_code, c.created_by, l.error_detail #> '{contested,1,subject}'
     from ops.contested_reports c join ops.event_ingest_log l using (ingest_id)
     where c.release_id = pg_temp.release('told') order by c.check_name $$,
  $$ values ('build', 'invalid_payload', 'service_role', '"lint"'::jsonb),
    ('lint', 'invalid_payload', 'service_role', '"lint"'), (null, 'invalid_payload', 'service_role', '"lint"') $$,
  'the log names them, and each row names the log'
);
select is(pg_temp.contested('told'), array['G1', 'G1 build', 'G1 lint'], 'each stop stands');
select pg_temp.build('told', 120, 'pass', '{"checks": [{"check_name": "lint", "status": "pass"}]}');
select is(pg_temp.contested('told'), '{G1}', 'a check that cannot be read is not healed by another one');

-- Where the check cannot be read, the corrected event under the same key ends it, also at a later attempt.
select pg_temp.ready('key ' || t.n) from generate_series(1, 3) as t (n);
select is(
  pg_temp.answered(pg_temp.odd(
    'build_complete', 'key ' || t.n, 120, '{"status": "fail", "check_name": 1}', key => 'k' || t.n)),
  'rejected invalid_payload', 'a check without a readable name fails'
)
from generate_series(1, 3) as t (n);
select is(pg_temp.contested('key ' || t.n), '{G1}', 'it stands without a name') from generate_series(1, 3) as t (n);
select pg_temp.answered(pg_temp.odd('build_complete', 'key 1', 120, '{"status": "pass"}', key => 'k1'));
select pg_temp.answered(pg_temp.odd(
  'build_complete', 'key 2', 120, '{"status": "pass"}',
  changed => '{"idempotency_key": "agent/k2/build_complete/~2"}'));
select pg_temp.answered(pg_temp.odd('build_complete', 'key 3', 120, '{"status": "pass"}', key => 'k4'));
select is(pg_temp.contested('key 1'), '{}', 'the corrected event under the same key ends it');
select is(pg_temp.contested('key 2'), '{}', 'so does a later attempt of that key');
select is(pg_temp.contested('key 3'), '{G1}', 'another key does not');

-- The same content accepted under another key ends it.
select pg_temp.ready('same content');
select pg_temp.answered(pg_temp.odd('build_complete', 'same content', 5, '{"status": "pass"}', key => 'same'));
select is(
  pg_temp.answered(pg_temp.odd('build_complete', 'same content', 120, '{"status": "fail"}', key => 'same')),
  'rejected idempotency_key_reused', 'a failure under a key that is taken is refused'
);
select is(
  pg_temp.answered(pg_temp.odd('build_complete', 'same content', 120, '{"status": "fail"}', key => 'other')),
  'accepted', 'the same content is accepted under another key'
);
select is(pg_temp.contested('same content'), '{}', 'the contested report ends, because the failure is on record');
select is(pg_temp.stored('same content', 'G1'), 'failed', 'and G1 stays failed');

-- What is no field of an envelope is no part of the content, nor is what says nothing of the fact.
create temporary table spoiled on commit drop as
select
  'spoiled by ' || s.by as name,
  s.by,
  s.changed,
  s.code
from (values
  ('one field', '{"surprise": 1}'::jsonb, 'rejected invalid_envelope'),
  ('a field and a version', '{"schema_version": "v9.9", "note": {"a": 1}}', 'rejected unsupported_schema_version'),
  ('a wrong mark', '{"imported": "yes"}', 'rejected invalid_envelope')) as s (by, changed, code);
select pg_temp.ready(s.name) from spoiled as s;
select is(
  pg_temp.answered(pg_temp.odd(
    'build_complete', s.name, 120, '{"status": "fail"}', changed => s.changed)),
  s.code, format('an event with %s is refused', s.by))
from spoiled as s;
select is(pg_temp.contested(s.name), '{"G1 build"}', 'its failure stands') from spoiled as s;
select is(
  pg_temp.answered(pg_temp.odd('build_complete', s.name, 120, '{"status": "fail"}')),
  'accepted', 'the same without it is accepted')
from spoiled as s;
select is(pg_temp.contested(s.name), '{}', 'and ends the contested report') from spoiled as s;

-- What contests nothing.
select pg_temp.ready(t.name) from unnest(array['pass', 'other commit', 'late', 'said already', 'stranger']) as t (name);
select pg_temp.answered(pg_temp.odd('build_complete', 'pass', 120, '{"status": "pass", "artifact_ref": 7}'));
select pg_temp.answered(pg_temp.odd(
  'build_complete', 'other commit', 120, '{"status": "fail", "artifact_ref": 7, "source_ref": "sha-9"}'));
select pg_temp.build('late', 119, 'pass');
select pg_temp.answered(pg_temp.odd('build_complete', 'late', 60, '{"status": "fail", "artifact_ref": 7}'));
select pg_temp.answered(pg_temp.odd('build_complete', 'said already', 60, '{"status": "fail"}', key => 'said'));
select pg_temp.answered(pg_temp.odd(
  'build_complete', 'said already', 59, '{"status": "fail", "tests": 7}', key => 'said'));
select pg_temp.send_as('qa_tester', 'qa-1', pg_temp.odd(
  'build_complete', 'stranger', 120, '{"status": "fail", "artifact_ref": 7}'));
-- The network delays events by seconds: a failure that seems to be a little older than a pass may be newer.
select pg_temp.ready('close');
select pg_temp.build('close', 119.5, 'pass');
select pg_temp.answered(pg_temp.odd('build_complete', 'close', 119, '{"status": "fail", "artifact_ref": 7}'));
select is(pg_temp.contested('close'), '{G1 build}', 'a failure within a minute of the pass before it stands');
select is(pg_temp.contested(t.name), '{}', t.reason)
from (values
  ('pass', 'a pass that is refused'), ('other commit', 'a build of another commit'),
  ('late', 'a failure that a newer observation supersedes'),
  ('said already', 'a stop that is on record by a newer observation'),
  ('stranger', 'an event that its sender may not send')
) as t (name, reason);

-- Large, deep and odd documents lose no stop.
select pg_temp.ready(t.name) from unnest(array[
  'zeros', 'keys', 'bomb', 'far', 'deeper', 'many', 'newline', 'blank commit', 'refused by edge'
]) as t (name);
create temporary table odd on commit drop as
select
  t.name,
  pg_temp.odd('build_complete', t.name, 120, t.payload, changed => t.changed) as event
from (values
  ('zeros',
    jsonb_build_object('status', 'fail', 'x', to_jsonb(array(select 0 from generate_series(1, 60000)))),
    '{}'::jsonb),
  ('keys', '{"status": "fail"}' || (select jsonb_object_agg(n::text, '') from generate_series(1, 30000) as n), '{}'),
  ('bomb', '{"status": "fail", "x": 1e130000}', '{}'),
  ('far', '{"status": "fail"}', '{"sent_at": "9999-12-31T23:59:59Z"}'),
  ('deeper',
    jsonb_build_object('status', 'fail', 'x', (repeat('[1.50,', 900) || '1' || repeat(']', 900))::jsonb),
    '{}'),
  ('newline', E'{"status": "\\tfail\\n", "artifact_ref": 7}', '{}'),
  ('blank commit', '{"status": "fail", "artifact_ref": 7, "source_ref": "sha-1 "}', '{}')
) as t (name, payload, changed);
select isnt(ops.ingest_event(o.event) ->> 'status', 'accepted', format('it is refused: %s', o.name)) from odd as o;
select is(pg_temp.stored(o.name, 'G1'), 'failed', format('its failure counts: %s', o.name)) from odd as o;
select is(
  pg_temp.answered(pg_temp.odd('build_complete', 'many', 120, jsonb_build_object('status', 'pass', 'checks', (
    select jsonb_agg(jsonb_build_object('check_name', 'c' || n, 'status', (array['pass', 'fail'])[1 + n / 1001]))
    from generate_series(1, 1500) as n)))), 'rejected invalid_payload', 'an event with 1,500 checks is refused'
);
select is(
  (select array[count(*), count(c.check_name)]::integer[]
   from ops.contested_reports as c
   where c.release_id = pg_temp.release('many')), '{101,100}',
  'of its 500 failures 100 stand by name, and one for all others'
);
select is(
  ops.record_refusal((select o.event from odd as o
    where o.name = 'zeros')
    || jsonb_build_object('release_id', pg_temp.release('refused by edge'), 'error', 'invalid_payload', 'detail', '[]'))
    -> 'detail' -> 'contested' -> 0 ->> 'subject', 'build', 'the edge function hands on payloads that are too large'
);
select is(
  pg_temp.as_person('audit_reader', 'audit-1', 'select ops.record_refusal(%L) ->> ''status''',
    (pg_temp.odd('gate_signoff', 'many', 120, pg_temp.signoff('qa-1', 'rejected'), 'G2')
      || '{"error": "invalid_payload", "detail": {}}')::text),
  'rejected', 'the refusal of somebody who may not object is logged'
);

-- The last word of a check is not lost, in any order of arrival.
select pg_temp.ready('last word');
select pg_temp.answered(pg_temp.odd('build_complete', 'last word', 100, '{"status": "fail"}', key => 'word'));
select pg_temp.answered(pg_temp.odd(
  'build_complete', 'last word', 104, '{"status": "fail", "tests": 7}', key => 'word'));
select pg_temp.build('last word', 102, 'pass');
select is(pg_temp.stored('last word', 'G1'), 'failed', 'a refused failure that is newer than a pass stands');
select pg_temp.build('last word', 105, 'pass');
select is(pg_temp.stored('last word', 'G1'), 'passed', 'a newer pass ends it');

-- Two runs say the same. What the earlier one saw ends nothing of the later one, in whichever order both arrive: a
-- pass that was seen in between heals the first, and not the second.
create function pg_temp.runs(name text, first text, second text, changed jsonb) returns text[]
language plpgsql as $$
declare
  v_said text[];
  v_run text;
begin
  perform pg_temp.ready(name);
  perform pg_temp.build(name, 119.4, 'pass');
  v_said := array[pg_temp.answered(
    pg_temp.odd('build_complete', name, 119.9, '{"status": "fail"}', key => md5(name || 'run-3'), changed => changed))];
  foreach v_run in array array[first, second] loop
    v_said := v_said || pg_temp.answered(pg_temp.odd('build_complete', name,
      case v_run when 'run-1' then 119.2 else 119.5 end,
      jsonb_build_object('status', case v_run when 'run-1' then 'fail' else 'pass' end), key => md5(name || v_run)));
  end loop;
  return v_said || pg_temp.stored(name, 'G1')::text || pg_temp.eligible(name, 'production')::text;
end
$$;
select is(
  pg_temp.runs(format('%s first, %s', o.run, f.fault), o.run, o.other, f.changed),
  array[f.code, 'accepted', 'accepted', 'failed', 'false'],
  format('the refused failure of the last run stands: %s arrives first, %s', o.run, f.fault)
)
from (values ('run-1', 'run-2'), ('run-2', 'run-1')) as o (run, other)
cross join (values
  ('a field too many', '{"surprise": 1}'::jsonb, 'rejected invalid_envelope'),
  ('another version', '{"schema_version": "v9.9"}', 'rejected unsupported_schema_version')) as f (fault, changed, code);

-- A corrected event ends it only if its sender is the same, and what it is about wherever that can be read.
select pg_temp.ready(t.name) from unnest(array['older content', 'foreign key', 'other person']) as t (name);
select pg_temp.answered(pg_temp.odd('build_complete', 'older content', 10, '{"status": "pass"}', key => 'old'));
select pg_temp.build('older content', 101, 'pass');
select pg_temp.answered(pg_temp.odd('build_complete', 'older content', 103, '{"status": "fail"}', key => 'old'));
select pg_temp.answered(pg_temp.odd('build_complete', 'older content', 100, '{"status": "fail"}', key => 'older'));
select is(pg_temp.contested('older content'), '{G1 build}', 'older content does not end it');
select pg_temp.answered(pg_temp.odd('build_complete', 'foreign key', 120, '{"status": "fail", "check_name": 1}')
  || '{"source_system": "github_actions", "idempotency_key": "github_actions/foreign/build_complete"}');
select pg_temp.send_as('ci_service_role', 'bot-1', pg_temp.odd('build_complete', 'foreign key', 120,
  '{"status": "pass"}')
  || '{"source_system": "github_actions", "idempotency_key": "github_actions/foreign/build_complete"}');
select is(pg_temp.contested('foreign key'), '{G1}', 'an event of another sender under the same key does not end it');
select pg_temp.answered(pg_temp.odd('gate_signoff', 'other person', 120, pg_temp.signoff('rm-1', 'rejected'), 'G9',
  key => 'person'));
select pg_temp.answered(pg_temp.odd('gate_signoff', 'other person', 120, pg_temp.signoff('rm-2', 'approved'), 'G3',
  key => 'person'));
select is(
  pg_temp.contested('other person'), '{release rm-1}', 'a decision of another person under the same key does not'
);
select pg_temp.ready(t.name) from unnest(array['other gate', 'other place']) as t (name);
select pg_temp.answered(pg_temp.odd('gate_signoff', 'other gate', 120,
  pg_temp.signoff('qa-1', 'rejected') || '{"approver_id": 7}', 'G2', key => 'gate'));
select pg_temp.answered(pg_temp.odd('gate_signoff', 'other gate', 120, pg_temp.signoff('rm-2', 'approved'), 'G3',
  key => 'gate'));
select is(pg_temp.stored('other gate', 'G2'), 'failed', 'an approval of another gate under the same key does not');
select pg_temp.deploy('other place', 100, 'staging', 's1', 'succeeded');
select pg_temp.deploy('other place', 101, 'production', 'p1', 'succeeded');
select pg_temp.health('other place', 102, 'production', 'p1', 'pass');
select pg_temp.answered(pg_temp.odd('health_check', 'other place', 110, '{"environment": "production",
  "deployment_ref": "p1", "status": "fail", "check_name": 7, "artifact_ref": "https://mon.test/1"}', key => 'place'));
select pg_temp.answered(pg_temp.odd('health_check', 'other place', 111, '{"environment": "staging",
  "deployment_ref": "s1", "status": "pass", "artifact_ref": "https://mon.test/1"}', key => 'place'));
select is(pg_temp.stored('other place', 'G4'), 'failed', 'nor does a check of another deployment');

-- Decisions.
select pg_temp.ready(t.name)
from unnest(array['objection', 'changes', 'whole', 'own', 'machine', 'foreign gate']) as t (name);
select is(
  pg_temp.answered(pg_temp.odd('gate_signoff', 'objection', 1,
    pg_temp.signoff('qa-1', 'rejected', '{"rationale_structured": {}}'), 'G2')),
  'rejected invalid_payload', 'a rejection without a rationale is refused'
);
select is(pg_temp.contested('objection'), '{G2 qa-1}', 'it stands as an objection of that person');
select is(pg_temp.stored('objection', 'G2'), 'failed', 'and fails the gate');
select is(pg_temp.sign('objection', 110, 'G2', 'qa-1', 'approved'), 'accepted', 'an approval given before it arrives');
select is(
  pg_temp.contested('objection'), '{G2 qa-1}', 'an approval given before the objection was recorded does not lift it'
);
select pg_temp.sign('objection', 120, 'G2', 'qa-2', 'approved');
select is(pg_temp.contested('objection'), '{G2 qa-1}', 'nor does somebody else''s');
select pg_temp.sign('objection', 120, 'G2', 'qa-1', 'approved');
select is(pg_temp.contested('objection'), '{}', 'the approval of the same person does');
select is(pg_temp.eligible('objection', 'production'), true, 'the release is eligible again');
select is(
  pg_temp.send_as('release_manager', 'rm-1', pg_temp.odd('gate_signoff', 'changes', 120,
    pg_temp.signoff('rm-2', 'request_changes'), 'G3')),
  'forbidden_event', 'a person who names somebody else is refused'
);
select is(pg_temp.contested('changes'), '{G3 rm-1}', 'the objection is their own');
select pg_temp.sign('changes', 120, 'G3', 'rm-1', 'rejected');
select is(pg_temp.contested('changes'), '{}', 'an objection of the same person on record takes its place');
select is(pg_temp.stored('changes', 'G3'), 'failed', 'and stands itself');
select is(
  pg_temp.answered(pg_temp.odd('gate_signoff', 'whole', 120, pg_temp.signoff('rm-1', 'rejected'), 'G9')),
  'rejected invalid_envelope', 'a rejection of a gate that cannot be read is refused'
);
select is(pg_temp.contested('whole'), '{release rm-1}', 'it is an objection to the release as a whole');
select is(pg_temp.stored('whole', 'G3'), 'passed', 'no gate fails');
select is(
  array(select pg_temp.eligible('whole', t.name) from unnest(array['dev', 'staging', 'production']) as t (name)),
  '{t,f,f}', 'it blocks staging and production'
);
select results_eq(
  $$ select v.staging_blocker, v.production_blocker
     from ops.v_promotion_eligibility v where v.release_id = pg_temp.release('whole') $$,
  $$ select format('release: %s (%s)', b.requirement, b.detail), format('release: %s (%s)', b.requirement, b.detail)
     from ops.promotion_blockers(pg_temp.release('whole'), 'staging') as b $$,
  'the view says so'
);
select pg_temp.except_for('whole', 'gate_bypass', '{G1,G2}');
select is(pg_temp.eligible('whole', 'staging'), false, 'an exception for some gates does not cover it');
select pg_temp.except_for('whole', 'gate_bypass', '{G1,G2,G3}');
select is(pg_temp.eligible('whole', 'production'), true, 'one for G1, G2 and G3 does');
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.odd('gate_signoff', 'own', 120,
    '{"decision": "rejected"}', 'G2')), 'invalid_payload', 'a rejection that names nobody is refused'
);
select is(pg_temp.contested('own'), '{G2 qa-1}', 'it is the sender''s own');
select is(
  pg_temp.answered(pg_temp.odd('gate_signoff', 'machine', 120, pg_temp.signoff('nobody', 'rejected',
    '{"persona_role": "qa_tester"}'), 'G2')), 'rejected forbidden_event', 'a machine names somebody who is no member'
);
select is(pg_temp.contested('machine'), '{G2 nobody}', 'their objection stands');
select pg_temp.send_as('qa_tester', 'qa-1', pg_temp.odd('gate_signoff', 'foreign gate', 120,
  pg_temp.signoff('qa-1', 'rejected'), 'G3'));
select is(pg_temp.contested('foreign gate'), '{}', 'nobody objects on a gate on which they do not decide');

select pg_temp.ready('later handle');
select pg_temp.answered(pg_temp.odd('gate_signoff', 'later handle', 120, pg_temp.signoff('nb', 'rejected',
  '{"persona_role": "qa_tester"}'), 'G2'));
select pg_temp.grant_to('s-nb', 'qa_tester', 'nb');
select pg_temp.sign('later handle', 120, 'G2', 'nb', 'approved');
select is(pg_temp.contested('later handle'), '{}', 'a person who became a member later lifts their objection');

-- Deployments and health checks.
select pg_temp.ready(t.name) from unnest(array[
  'unknown', 'dev only', 'beyond', 'staging', 'no place', 'newer', 'failed deployment', 'draft']) as t (name);
select pg_temp.deploy('unknown', 100, 'production', 'p1', 'succeeded');
select pg_temp.health('unknown', 101, 'production', 'p1', 'pass');
select is(pg_temp.stored('unknown', 'G4'), 'passed', 'production is healthy');
select is(
  pg_temp.health('unknown', 110, 'production', 'p2', 'fail'), 'unknown_deployment',
  'a failed health check of a deployment that is not on record is refused'
);
select is(pg_temp.contested('unknown'), '{G4 health}', 'it stands on G4');
select is(pg_temp.stored('unknown', 'G4'), 'failed', 'and fails it');
select is(pg_temp.eligible('unknown', 'production'), true, 'it is no failure in staging');
select pg_temp.health('unknown', 111, 'production', 'p1', 'pass');
select is(pg_temp.contested('unknown'), '{G4 health}', 'the health of another deployment does not heal it');
select pg_temp.deploy('unknown', 112, 'production', 'p2', 'succeeded');
select pg_temp.health('unknown', 109, 'production', 'p2', 'pass');
select is(pg_temp.contested('unknown'), '{G4 health}', 'nor does an older observation of its own deployment');
select pg_temp.health('unknown', 113, 'production', 'p2', 'pass');
select is(pg_temp.contested('unknown'), '{}', 'the same check passes on its own deployment');
select is(pg_temp.stored('unknown', 'G4'), 'passed', 'and G4 passes again');
select pg_temp.deploy('dev only', 100, 'production', 'p1', 'succeeded');
select pg_temp.health('dev only', 101, 'dev', 'd1', 'fail');
select is(pg_temp.contested('dev only'), '{}', 'a failure short of the furthest environment is not on G4');
select pg_temp.deploy('beyond', 100, 'staging', 's1', 'succeeded');
select pg_temp.health('beyond', 101, 'production', 'p1', 'fail');
select is(pg_temp.contested('beyond'), '{G4 health}', 'a failure beyond it is');
select is(pg_temp.eligible('beyond', 'production'), true, 'and does not block production');
select is(
  pg_temp.deploy('staging', 100, 'staging', 's1', 'failed', '{"source_ref": 7}'), 'invalid_payload',
  'a failed deployment with a bad field is refused'
);
select is(pg_temp.eligible('staging', 'production'), false, 'a failure in staging blocks production');
select is(pg_temp.eligible('staging', 'staging'), true, 'and not staging');
select is(pg_temp.released('staging'), 'in_progress', 'it never changes the status of the release');
select pg_temp.except_for('staging', 'gate_bypass', '{G4}');
select is(pg_temp.eligible('staging', 'production'), true, 'an exception for G4 covers a failure in staging');
select is(
  pg_temp.answered(pg_temp.odd('health_check', 'no place', 100, '{"environment": "moon", "deployment_ref": "s1",
    "status": "fail", "artifact_ref": "https://mon.test/1"}')),
  'rejected invalid_payload', 'a failed health check in an unknown environment is refused'
);
select is(pg_temp.contested('no place'), '{G4 health}', 'it counts on G4');
select is(pg_temp.eligible('no place', 'production'), false, 'and in staging');
select pg_temp.deploy('newer', 100, 'staging', 's1', 'succeeded');
select pg_temp.health('newer', 101, 'staging', 's1', 'pass');
select pg_temp.answered(pg_temp.odd('health_check', 'newer', 102, '{"environment": "staging", "deployment_ref": "s1",
  "status": "fail", "artifact_ref": 7}'));
select is(pg_temp.contested('newer'), '{G4 health}', 'a refused failure of a healthy deployment stands');
select pg_temp.deploy('newer', 103, 'staging', 's2', 'succeeded');
select is(pg_temp.contested('newer'), '{G4 health}', 'a newer deployment alone does not heal it');
select pg_temp.health('newer', 104, 'staging', 's2', 'pass', 'smoke');
select is(pg_temp.contested('newer'), '{}', 'a newer deployment that is healthy does');
select pg_temp.deploy('failed deployment', 100, 'production', 'p1', 'in_progress');
select pg_temp.deploy('failed deployment', 101, 'production', 'p1', 'failed', '{"rollback_of_ref": "p1"}');
select is(pg_temp.contested('failed deployment'), '{G4 p1}', 'a refused report of a failed deployment stands');
select is(
  (pg_temp.deployment('failed deployment', 'p1')).status::text, 'in_progress', 'its status is what was accepted'
);
select pg_temp.deploy('failed deployment', 102, 'production', 'p1', 'succeeded');
select is(pg_temp.contested('failed deployment'), '{}', 'a later report of success heals it');

select pg_temp.ready(t.name) from unnest(array['older place', 'late place']) as t (name);
select pg_temp.deploy('older place', 100, 'staging', 's1', 'succeeded');
select pg_temp.deploy('older place', 101, 'staging', 's2', 'succeeded');
select pg_temp.health('older place', 102, 'staging', 's2', 'pass');
select pg_temp.answered(pg_temp.odd('health_check', 'older place', 110, '{"environment": "staging",
  "deployment_ref": "s1", "status": "fail", "artifact_ref": 7}'));
select is(pg_temp.eligible('older place', 'production'), true, 'a refused failure counts no more than an accepted one');
select pg_temp.health('late place', 100, 'staging', 's9', 'fail');
select pg_temp.deploy('late place', 102, 'staging', 's10', 'succeeded');
select pg_temp.health('late place', 103, 'staging', 's10', 'pass');
select is(pg_temp.contested('late place'), '{}', 'a later deployment that is healthy ends it');
select pg_temp.deploy('late place', 105, 'staging', 's9', 'in_progress');
select is(pg_temp.contested('late place'), '{}', 'and it does not come back');

-- A refused failure is about one target. absent: the event names none, which is default. A bad one cannot be read.
create temporary table about_targets on commit drop as
select
  t.name || coalesce(' ' || k.kind, '') as name,
  k.kind,
  t.given,
  t.target
from (values
  ('absent', null::jsonb, 'default'), ('null', 'null', 'default'), ('named', '"eu"', 'eu'), ('blank', '" "', null),
  ('number', '7', null), ('long', to_jsonb(repeat('x', 2000)), null)
) as t (name, given, target)
cross join (values ('deployment_event'), ('health_check')) as k (kind);
create function pg_temp.fail_there(t about_targets, minute numeric) returns text
language sql volatile as $$
  select pg_temp.answered(pg_temp.odd(t.kind, t.name, minute, jsonb_build_object(
    'environment', 'staging', 'deployment_ref', 's1', 'source_ref', 'sha-1', 'artifact_ref', 'https://mon.test/1',
    'status', case t.kind when 'health_check' then 'fail' else 'failed' end, 'evidence', 7, 'deployed_at', 7)
    || case when t.given is null then '{}' else jsonb_build_object('target', t.given) end, key => md5(t.name)))
$$;
create function pg_temp.heal_there(name text, target text, minute numeric) returns void
language sql volatile as $$
  select pg_temp.deploy(name, minute, 'staging', 's' || minute, 'succeeded', jsonb_build_object('target', target));
  select pg_temp.answered(pg_temp.event('health_check', name, minute, jsonb_build_object(
    'environment', 'staging', 'target', target, 'deployment_ref', 's' || minute, 'status', 'pass',
    'artifact_ref', 'https://mon.test/2')));
$$;
select pg_temp.ready(t.name) from about_targets as t;
select is(
  pg_temp.fail_there(t, 100), 'rejected invalid_payload', format('%s: the failure is refused', t.name)
)
from about_targets as t;
select ok(
  exists (
    select from ops.contested_reports as c
    where c.release_id = pg_temp.release(t.name) and c.target is not distinct from t.target
  ),
  format('%s: the report names its target', t.name)
)
from about_targets as t;
select pg_temp.fail_there(t, 100) from about_targets as t;
select is(
  (select count(*)::integer from ops.contested_reports as c
where c.release_id = pg_temp.release(t.name)), 1,
  format('%s: the same again is contested already', t.name)
)
from about_targets as t;
select pg_temp.heal_there(t.name, 'us', 110) from about_targets as t;
select is(
  pg_temp.eligible(t.name, 'production'),
  false,
  format('%s: a healthy deployment to another target heals nothing', t.name)
)
from about_targets as t;
select pg_temp.heal_there(t.name, coalesce(t.target, 'default'), 111) from about_targets as t;
select is(
  pg_temp.eligible(t.name, 'production'), t.target is not null,
  format('%s: a healthy one to the same target does, if that is known', t.name)
)
from about_targets as t;
-- Of another deployment, and then of the one that it was about.
select pg_temp.deploy(t.name, 111.5, 'staging', 's1', 'in_progress') from about_targets as t
where t.target is null;
create function pg_temp.corrected(t about_targets, ref text) returns text[]
language plpgsql as $$
begin
  perform pg_temp.answered(pg_temp.odd(t.kind, t.name, 112, jsonb_build_object(
    'environment', 'staging', 'deployment_ref', ref, 'source_ref', 'sha-1', 'artifact_ref', 'https://mon.test/1',
    'status', case t.kind when 'health_check' then 'pass' else 'succeeded' end), changed => jsonb_build_object(
    'idempotency_key', format('agent/%s/%s%s', md5(t.name), t.kind, case ref when 's1' then '/~2' else '' end))));
  return pg_temp.contested(t.name);
end
$$;
select is(
  pg_temp.corrected(t, 's111'), array['G4 ' || case t.kind when 'health_check' then 'health' else 's1' end],
  format('%s: an event under its key that is about another deployment does not end it', t.name))
from about_targets as t
where t.target is null;
select is(pg_temp.corrected(t, 's1'), '{}', format('%s: the corrected event under its key ends it', t.name))
from about_targets as t
where t.target is null;
select pg_temp.fail_there(t, 50) from about_targets as t
where t.target = 'eu';
select is(
  pg_temp.contested(t.name), '{}', format('%s: an older failure there changes nothing', t.name)
)
from about_targets as t
where t.target = 'eu';

-- Drafts and replay.
select pg_temp.open('drafted');
select pg_temp.answered(pg_temp.odd('build_complete', 'drafted', 120, '{"status": "fail", "artifact_ref": 7}'));
select is(pg_temp.released('drafted'), 'draft', 'a draft stays a draft');
select is(pg_temp.stored('drafted', 'G1'), 'failed', 'and its G1 is failed');
select pg_temp.mark('before');
select pg_temp.build('drafted', 120, 'pass');
select is(
  array[ops.gate_status_at(pg_temp.gate('drafted', 'G1'), pg_temp.at('before')), pg_temp.stored('drafted', 'G1')],
  '{failed,passed}', 'replay shows a contested report while it stood'
);

-- What the edge function refuses counts too.
select pg_temp.ready('edge');
select is(
  ops.record_refusal(pg_temp.odd('build_complete', 'edge', 120, '{"status": "fail", "artifact_ref": 7}')
    || '{"error": "invalid_payload", "detail": {"issues": []}}') #>> '{detail,contested,0,subject}',
  'build', 'a refusal by the edge function is contested'
);
select is(pg_temp.stored('edge', 'G1'), 'failed', 'and fails the gate');
select is(
  pg_temp.as_person(t.role, t.subject, 'select ops.record_refusal(%L) #>> ''{detail,contested}''',
    (pg_temp.odd('build_complete', 'edge', 120, '{"status": "fail", "artifact_ref": 8, "check_name": "other"}')
      || '{"error": "invalid_payload", "detail": {}}')::text),
  null, format('a %s cannot contest a build', t.role)
)
from (values ('developer', 'dev-1'), ('audit_reader', 'audit-1'), ('qa_tester', 'qa-1')) as t (role, subject);

-- Facts of one event share a moment. The next fact has a later one.
select is_empty(
  $$ select m.release_id, m.created_at from (
       select c.release_id, c.created_at, c.created_by, 'check' as fact from ops.gate_checks c
       union all select a.release_id, a.created_at, a.approver_id, 'decision' from ops.approvals a
       union all select r.release_id, r.created_at, r.created_by, 'report' from ops.deployment_reports r
       union all select c.release_id, c.created_at, c.created_by, 'contested' from ops.contested_reports c
     ) as m
     group by m.release_id, m.created_at having count(distinct m.fact) > 1 $$,
  'no two events of a release have one moment'
);
select is_empty(
  $$ select r.release_name, f.fact, f.newest from ops.releases r
     cross join lateral (
       select 'check', max(c.created_at) from ops.gate_checks c where c.release_id = r.release_id
       union all select 'decision', max(a.created_at) from ops.approvals a where a.release_id = r.release_id
       union all select 'evidence', max(e.created_at) from ops.evidence_artifacts e where e.release_id = r.release_id
       union all select 'artifact', max(b.created_at) from ops.build_artifacts b where b.release_id = r.release_id
       union all select 'report', max(d.created_at) from ops.deployment_reports d where d.release_id = r.release_id
       union all select 'contested', max(c.created_at) from ops.contested_reports c where c.release_id = r.release_id
       union all select 'end', max(n.created_at) from ops.contested_report_ends n where n.release_id = r.release_id
     ) as f (fact, newest)
     where r.recorded_until < f.newest $$,
  'recorded_until is not before the newest fact of any kind'
);

-- An objection in the name of somebody who cannot decide here: asking them again would not help.
select pg_temp.open('in a name');
select pg_temp.build('in a name', 1, 'pass');
select is(
  pg_temp.sign('in a name', 2, 'G2', 'newcomer', 'rejected'), 'forbidden_event',
  'nobody objects in the name of somebody without a membership'
);
select is(pg_temp.who_mends('in a name', 'G2'), '{release_manager}', 'so a release manager dismisses it');
select pg_temp.mark('no member');
select pg_temp.grant_to('newcomer', 'qa_tester');
select is(pg_temp.who_mends('in a name', 'G2'), '{qa_tester}', 'who holds the role by now can decide again');
select pg_temp.mark('member');
select pg_temp.revoke_from('newcomer');
select is(
  (
    select array_agg(f ->> 'who')
    from jsonb_array_elements(
      ops.release_overview(pg_temp.release('in a name'), pg_temp.at(t.moment)) #> '{gates,1,findings}') as f
    where f ->> 'kind' = 'contested_report'
  ), t.who, 'replay says who could end it then: ' || t.moment
)
from (values ('no member', '{release_manager}'::text[]), ('member', '{qa_tester}')) as t (moment, who);

-- What of an objection cannot be read is its sender's to correct: no manager is sent to dismiss it.
select pg_temp.open(t.name) from unnest(array['no persona', 'no person', 'no persona of a stranger']) as t (name);
select is(
  pg_temp.answered(pg_temp.odd('gate_signoff', t.name, 120, pg_temp.signoff(t.person, 'rejected', t.changed), 'G2')),
  'rejected invalid_payload', 'an objection that cannot be read: ' || t.name
)
from (values
  ('no persona', 'qa-1', '{"persona_role": "boss"}'::jsonb), ('no person', 'qa-1', '{"approver_id": 7}'),
  ('no persona of a stranger', 'stranger', '{"persona_role": 7}')
) as t (name, person, changed);
select is(pg_temp.who_mends(t.name, 'G2'), '{service_role}', 'who mends what cannot be read: ' || t.name)
from unnest(array['no persona', 'no person', 'no persona of a stranger']) as t (name);

select finish();
rollback;
