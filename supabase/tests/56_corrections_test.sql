begin;
create extension if not exists pgtap with schema extensions;
select plan(133);

\ir helpers/functions.psql
\ir helpers/contested.psql

-- How many contested reports of the release `name` stand.
create function pg_temp.stand(name text) returns bigint
language sql volatile as $$
  select count(*) from ops_private.standing_contested(pg_temp.release(name), clock_timestamp())
$$;
-- What to do about the contested reports of the release `name`, by its blockers for production.
create function pg_temp.remedies(name text) returns text[]
language sql volatile as $$
  select array_agg(b.remedy order by b.remedy)
  from ops.promotion_blockers(pg_temp.release(name), 'production') as b where b.kind = 'contested_report'
$$;
-- A build in which one check has no readable name and fails; `more` replaces fields of its payload.
create function pg_temp.nameless(more jsonb default '{}') returns jsonb
language sql immutable as $$
  select '{"status": "pass", "checks": [{"check_name": 7, "status": "fail"}]}'::jsonb || more
$$;

set local role service_role;
\ir helpers/members.psql
reset role;

-- Who asks for the stops of a release that stand reads a function that only the owner may call.
create function pg_temp.sent(event jsonb) returns text
language plpgsql as $$
declare
  v_said text;
begin
  set local role service_role;
  v_said := pg_temp.answered(event);
  reset role;
  return v_said;
end
$$;

-- Refuse `refused`, accept `other`, which must not end what that left, and then `own`, which must.
create function pg_temp.only_own_ends(name text, refused jsonb, other jsonb, own jsonb) returns setof text
language plpgsql as $$
begin
  return next is(left(pg_temp.sent(refused), 8), 'rejected', 'it is refused: ' || name);
  return next is(pg_temp.sent(other), 'accepted', 'another event is accepted: ' || name);
  return next is(pg_temp.stand(name), 1::bigint, 'it does not end it: ' || name);
  return next is(pg_temp.sent(own), 'accepted', 'its own event is accepted: ' || name);
  return next is(pg_temp.stand(name), 0::bigint, 'it ends it: ' || name);
end
$$;

-- A correction was observed no earlier than what it corrects.
set local role service_role;
select pg_temp.ready(t.name) from unnest(array['build', 'decision', 'health', 'deployment', 'attempt']) as t (name);
select pg_temp.deploy('health', 20, 'staging', 's1', 'succeeded');
reset role;
select pg_temp.only_own_ends(e.name, e.refused, e.earlier, e.later)
from (values
  ('build', pg_temp.odd('build_complete', 'build', 100, pg_temp.nameless(), key => 'b'),
    pg_temp.odd('build_complete', 'build', 50, '{"status": "pass"}', key => 'b'),
    pg_temp.odd('build_complete', 'build', 101, '{"status": "pass"}',
      changed => '{"idempotency_key": "agent/b/build_complete/~2"}')),
  ('health', pg_temp.odd('health_check', 'health', 100, '{"environment": "Staging", "deployment_ref": "s1",
      "status": "fail", "artifact_ref": "https://mon.test/1"}', key => 'h'),
    pg_temp.odd('health_check', 'health', 22, '{"environment": "staging", "deployment_ref": "s1",
      "status": "pass", "artifact_ref": "https://mon.test/1"}', key => 'h'),
    pg_temp.odd('health_check', 'health', 101, '{"environment": "staging", "deployment_ref": "s1",
      "status": "pass", "artifact_ref": "https://mon.test/1"}',
      changed => '{"idempotency_key": "agent/h/health_check/~2"}')),
  ('deployment', pg_temp.odd('deployment_event', 'deployment', 100, '{"environment": 7, "deployment_ref": "d1",
      "status": "failed", "source_ref": "sha-1", "deployed_by": "bot-1"}', key => 'd'),
    pg_temp.odd('deployment_event', 'deployment', 50, '{"environment": "dev", "deployment_ref": "d1",
      "status": "in_progress", "source_ref": "sha-1", "deployed_by": "bot-1"}', key => 'd'),
    pg_temp.odd('deployment_event', 'deployment', 101, '{"environment": "dev", "deployment_ref": "d1",
      "status": "failed", "source_ref": "sha-1", "deployed_by": "bot-1"}',
      changed => '{"idempotency_key": "agent/d/deployment_event/~2"}'))
) as e (name, refused, earlier, later);

-- A later attempt is another run: it says the same only if it was observed no earlier. A longer key is the same event.
select pg_temp.only_own_ends('attempt',
  pg_temp.odd('build_complete', 'attempt', 100, '{"status": "fail"}', key => 'next', changed => '{"more": 1}'),
  pg_temp.odd('build_complete', 'attempt', 99.5, '{"status": "fail"}',
    changed => '{"idempotency_key": "agent/next/build_complete/~2"}'),
  pg_temp.odd('build_complete', 'attempt', 100.5, '{"status": "pass"}'));
create function pg_temp.longer_ends(first text, again text) returns setof text
language plpgsql as $$
begin
  return next is(
    left(pg_temp.sent(pg_temp.odd('build_complete', 'attempt', 110, '{"status": "fail"}',
      changed => jsonb_build_object('more', 1, 'idempotency_key', first))), 8), 'rejected', 'it is refused: ' || first);
  return next is(
    pg_temp.sent(pg_temp.odd('build_complete', 'attempt', 109.5, '{"status": "fail"}',
      changed => jsonb_build_object('idempotency_key', again))),
    'accepted', 'the same is accepted, and seems earlier: ' || again);
  return next is(pg_temp.stand('attempt'), 0::bigint, 'it ends it: ' || again);
end
$$;
select pg_temp.longer_ends(t.first, t.again)
from (values
  ('agent/longer/build_complete', 'agent/longer/build_complete/~i0123456789ab'),
  ('agent/both/build_complete/~i0123456789ab', 'agent/both/build_complete/~i0123456789ab')
) as t (first, again);

-- A person's approval ends their own objection only when it was given after the objection was recorded.
set local role service_role;
select pg_temp.ready('own');
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.odd('gate_signoff', 'own', 120, pg_temp.signoff('qa-1', 'rejected'),
    'g2', key => 'own')),
  'invalid_envelope', 'a rejection of a gate that cannot be read'
);
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.odd('gate_signoff', 'own', 10, pg_temp.signoff('qa-1', 'approved'),
    'G2', key => 'own')),
  'accepted', 'an approval from before, under its key'
);
select is(pg_temp.contested('own'), '{"release qa-1"}', 'does not lift it');
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.odd('gate_signoff', 'own', 120, pg_temp.signoff('qa-1', 'approved'),
    'G2')),
  'accepted', 'a QA tester approves G2 anew'
);
select is(pg_temp.contested('own'), '{}', 'that is the gate that they meant');
select pg_temp.ready(t.name) from unnest(array['no key', 'a word', 'by a machine', 'manager']) as t (name);
select is(
  pg_temp.send_as(t.role, t.person, pg_temp.odd('gate_signoff', t.name, 120, pg_temp.signoff(t.person, 'rejected'),
    'g2', t.changed)),
  'invalid_envelope', 'it is refused: ' || t.name
)
from (values
  ('no key', 'qa_tester', 'qa-1', '{"idempotency_key": null}'::jsonb),
  ('a word', 'qa_tester', 'qa-1', '{"idempotency_key": "x"}'),
  ('by a machine', 'service_role', 'qa-1', '{}'), ('manager', 'release_manager', 'rm-1', '{}')
) as t (name, role, person, changed);
select is(pg_temp.sign(t.name, 120, t.gate, t.person, 'approved'), 'accepted', 'the person approves: ' || t.name)
from (values
  ('no key', 'G2', 'qa-1'), ('a word', 'G2', 'qa-1'), ('by a machine', 'G2', 'qa-1'), ('manager', 'G3', 'rm-1')
) as t (name, gate, person);
select is(pg_temp.contested(t.name), t.still, 'what is left of the objection: ' || t.name)
from (values
  ('no key', '{}'::text[]), ('a word', '{}'), ('by a machine', '{"release qa-1"}'), ('manager', '{"release rm-1"}')
) as t (name, still);

select pg_temp.ready('as a whole');
select is(
  pg_temp.send_as('qa_tester', 'qa-1', pg_temp.odd('gate_signoff', 'as a whole', 120,
    pg_temp.signoff('qa-1', 'rejected'), 'g2')),
  'invalid_envelope', 'a QA tester objects'
);
insert into ops.approvals (release_id, scope, approver_id, persona_role, decision, rationale_structured)
values (pg_temp.release('as a whole'), 'release', 'qa-1', 'qa_tester', 'approved', '{"asked": "by telephone"}');
select is(pg_temp.contested('as a whole'), '{}', 'what they decide on the release as a whole lifts it too');

-- A correction of a build is about the same check and part, where they can be read.
select pg_temp.ready(t.name) from unnest(array['check', 'part', 'no part']) as t (name);
reset role;
select pg_temp.only_own_ends(t.name,
  pg_temp.odd('build_complete', t.name, 100, pg_temp.nameless(t.refused), key => t.key),
  pg_temp.odd('build_complete', t.name, 101, '{"status": "pass"}' || t.other, key => t.key),
  pg_temp.odd('build_complete', t.name, 102, '{"status": "pass"}' || t.same,
    changed => jsonb_build_object('idempotency_key', format('agent/%s/build_complete/~2', t.key))))
from (values
  ('check', 'k1', '{"check_name": "unit", "part": "api"}'::jsonb, '{"check_name": "lint", "part": "api"}'::jsonb,
    '{"check_name": "unit", "part": "api"}'::jsonb),
  ('part', 'k2', '{"part": "api"}', '{"part": "web"}', '{"part": "api"}'),
  ('no part', 'k3', '{"check_name": "unit"}', '{"part": "api", "check_name": "unit"}', '{"check_name": "unit"}')
) as t (name, key, refused, other, same);

-- A key that a client made longer is corrected under the key that it would make again.
set local role service_role;
select pg_temp.ready(t.name) from unnest(array['first', 'second']) as t (name);
reset role;
select is(
  pg_temp.sent(pg_temp.odd('build_complete', 'first', 100, '{"status": "pass"}', key => 'run')), 'accepted',
  'one release takes the key of a run'
);
select is(
  pg_temp.sent(pg_temp.odd('build_complete', 'second', 100, pg_temp.nameless(), key => 'run')),
  'rejected invalid_payload', 'what the run says of another one is refused'
);
select is(pg_temp.stand('second'), 1::bigint, 'and stands');
select is(
  pg_temp.sent(pg_temp.odd('build_complete', 'second', 101, '{"status": "pass"}',
    changed => '{"idempotency_key": "agent/run/build_complete/~i0123456789ab"}')),
  'accepted', 'its client corrects it'
);
select is(pg_temp.stand('second'), 0::bigint, 'under a longer key');

-- Without a key each content is an event of its own, also when it is dismissed.
set local role service_role;
select pg_temp.ready('keyless');
reset role;
select is(
  pg_temp.sent(pg_temp.odd('build_complete', 'keyless', t.minute, pg_temp.nameless(t.more),
    changed => '{"idempotency_key": null}')),
  'rejected invalid_envelope', 'a failure without a key'
)
from (values
  (101, '{}'::jsonb), (100, '{"artifact_ref": "run 2"}'), (100, '{"artifact_ref": "run 2"}')
) as t (minute, more);
select is(pg_temp.stand('keyless'), 2::bigint, 'two stand, and not what was sent twice');
select is(
  pg_temp.as_person('release_manager', 'rm-2', 'select ops.dismiss(%L, ''a test'') ->> ''kind''', (
    select min(c.contested_id::text) from ops.contested_reports as c
    where c.release_id = pg_temp.release('keyless'))),
  'contested_report', 'one is dismissed'
);
reset role;
select is(pg_temp.stand('keyless'), 1::bigint, 'the other one stands');

-- It says who can do what: its sender with a key that is theirs, otherwise a release manager.
set local role service_role;
select pg_temp.set_policy('G4', '[{"kind": "check", "subject": "smoke"}]', 'pgtap/project');
create temporary table asked on commit drop as
select * from (values
  ('machine', 'ci_service_role', 'bot-1', 'ci/m/health_check', '{}'::jsonb, '{ci_service_role}'::text[], 2),
  ('again', 'ci_service_role', 'bot-1', 'ci/m/health_check/~2/~i0123456789ab', '{}', '{ci_service_role}', 2),
  ('by name', 'ci_service_role', 'bot-1', 'ci/n/health_check', '{"check_name": "smoke"}', '{ci_service_role}', 1),
  ('no way', 'ci_service_role', 'bot-1', null, '{"check_name": "smoke"}', '{release_manager}', 1),
  ('none', 'ci_service_role', 'bot-1', null, '{}', '{release_manager}', 1),
  ('a word', 'ci_service_role', 'bot-1', 'x', '{}', '{release_manager}', 1),
  ('no source', 'ci_service_role', 'bot-1', 'x/1/health_check', '{}', '{release_manager}', 1),
  ('of a person', 'ci_service_role', 'bot-1', 'manual/1/health_check', '{}', '{release_manager}', 1),
  ('type', 'ci_service_role', 'bot-1', 'ci/1/build_complete', '{}', '{release_manager}', 1),
  ('by hand', 'sre', 'sre-1', 'manual/s/health_check', '{}', '{sre}', 2),
  ('of a pipeline', 'sre', 'sre-1', 'ci/s/health_check', '{}', '{release_manager}', 1)
) as t (name, role, person, key, payload, who, ways);
select pg_temp.ready('asks ' || t.name) from asked as t;
select isnt(
  pg_temp.send_as(t.role, t.person, pg_temp.odd('health_check', 'asks ' || t.name, 120,
    '{"environment": 7, "deployment_ref": "s1", "status": "fail", "artifact_ref": "https://mon.test/1"}' || t.payload,
    null, jsonb_build_object('idempotency_key', t.key))),
  'accepted', 'a failure is refused: ' || t.name
)
from asked as t;
select is(pg_temp.who_mends('asks ' || t.name, 'G4'), t.who, 'who can end it: ' || t.name) from asked as t;
select is(
  cardinality(regexp_split_to_array((pg_temp.remedies('asks ' || t.name))[1], '; or ')), t.ways,
  'how many ways: ' || t.name
)
from asked as t;
select pg_temp.deploy('asks machine', 100, 'dev', 'd1', 'succeeded');
select is(
  pg_temp.answered(pg_temp.odd('health_check', 'asks machine', 120,
    '{"environment": "dev", "deployment_ref": "d1", "status": "pass", "artifact_ref": "https://mon.test/1"}',
    changed => jsonb_build_object('source_system', 'ci', 'idempotency_key', t.key))),
  'accepted', 'another fact takes its key: ' || t.key
)
from unnest(array['ci/n/health_check', 'ci/m/health_check/~2/~i0123456789ab']) as t (key);
select is(
  (regexp_match((pg_temp.remedies('asks ' || t.name))[1], 'under the key ([^ ;]+)'))[1], t.key, 'its key: ' || t.name
)
from (values
  ('machine', 'ci/m/health_check'), ('again', 'ci/m/health_check/~3'), ('by name', 'ci/n/health_check/~2')
) as t (name, key);

-- Who sent it and left can do nothing any more.
select pg_temp.ready('left ' || t.name) from unnest(array['qa', 'bot']) as t (name);
select pg_temp.grant_to('qa-leaves', 'qa_tester');
select pg_temp.grant_to('bot-leaves', 'ci_service_role');
select is(
  pg_temp.send_as('qa_tester', 'qa-leaves', pg_temp.odd('gate_signoff', 'left qa', 120,
    pg_temp.signoff('qa-leaves', 'rejected'), 'g2')),
  'invalid_envelope', 'a QA tester objects'
);
select is(
  pg_temp.send_as('ci_service_role', 'bot-leaves', pg_temp.odd('build_complete', 'left bot', 120, pg_temp.nameless())),
  'invalid_payload', 'a machine reports a failure'
);
select pg_temp.revoke_from('qa-leaves');
select pg_temp.revoke_from('bot-leaves');
select is(
  (
    select array_agg(distinct b.who) from ops.promotion_blockers(pg_temp.release('left ' || t.name), 'production') as b
    where b.kind = 'contested_report'
  ), '{release_manager}', 'who can end it: ' || t.name
)
from unnest(array['qa', 'bot']) as t (name);
select is(
  pg_temp.as_person('release_manager', 'rm-2', 'select ops.dismiss(%L, ''a test'') ->> ''kind''', (
    select c.contested_id::text from ops.contested_reports as c
    where c.release_id = pg_temp.release('left ' || t.name)
  )), t.kind, 'and does: ' || t.name
)
from (values ('qa', 'objection'), ('bot', 'contested_report')) as t (name, kind);

-- What is not on record is dismissed, also where a person sent it; but not by who had them go.
select pg_temp.ready('unknown');
select pg_temp.grant_to('sre-leaves', 'sre');
select is(
  pg_temp.send_as('sre', 'sre-leaves', pg_temp.odd('health_check', 'unknown', 101, jsonb_build_object(
    'environment', t.environment, 'deployment_ref', 's2', 'status', 'fail', 'artifact_ref', 'https://mon.test/1'))),
  t.answer, 'an sre reports a failure: ' || t.answer
)
from (values ('staging', 'unknown_deployment'), ('Staging', 'invalid_payload')) as t (environment, answer);
select ops.revoke_membership('sre-leaves', null, null, 'rm-1', 'a test');
create function pg_temp.dismissed(who text, name text) returns setof text
language plpgsql as $$
declare
  v_id uuid;
begin
  for v_id in select c.contested_id from ops.contested_reports c where c.release_id = pg_temp.release(name) loop
    begin
      return next pg_temp.as_person(
        'release_manager', who, 'select ops.dismiss(%L, ''a test'') ->> ''kind''', v_id::text);
    exception when others then
      return next sqlstate;
    end;
  end loop;
end
$$;
select pg_temp.grant_to('rm-3', 'release_manager');
select is(array(select pg_temp.dismissed('rm-1', 'unknown')), '{OPS11,OPS11}', 'who approved dismisses nothing');
select pg_temp.grant_to('sre-leaves', 'sre');
select ops.revoke_membership('sre-leaves', null, null, 'rm-2', 'a test');
select is(array(select pg_temp.dismissed('rm-2', 'unknown')), '{OPS11,OPS11}', 'nor who had the sender go');
select is(
  array(select pg_temp.dismissed('rm-3', 'unknown')), '{contested_report,contested_report}', 'another one does'
);
select is(pg_temp.contested('unknown'), '{}', 'so none is left');

-- The same stop of two senders is two reports. Keys that were made longer in two ways are of two events.
select pg_temp.ready(t.name) from unnest(array['two senders', 'two things']) as t (name);
select pg_temp.grant_to('bot-2', 'ci_service_role');
select is(
  pg_temp.send_as('ci_service_role', t.bot, pg_temp.odd('build_complete', 'two senders', 101, pg_temp.nameless(),
    key => 'shared')),
  'invalid_payload', 'a failure of ' || t.bot
)
from unnest(array['bot-1', 'bot-2']) as t (bot);
select is(
  pg_temp.send_as('ci_service_role', 'bot-1', pg_temp.odd('build_complete', 'two senders', 102, '{"status": "pass"}',
    key => 'shared')),
  'accepted', 'one of them corrects it'
);
select is(
  pg_temp.answered(pg_temp.odd('build_complete', 'two things', t.minute, t.payload,
    changed => jsonb_build_object('idempotency_key', 'agent/things/build_complete' || t.longer))),
  t.answer, t.what
)
from (values
  (101, '{"status": "pass", "checks": [{"check_name": 7, "status": "fail"}]}'::jsonb, '/~i0123456789ab',
    'rejected invalid_payload', 'a failure under a longer key'),
  (102, '{"status": "pass"}', '/~iba9876543210', 'accepted', 'a pass under one that is longer in another way')
) as t (minute, payload, longer, answer, what);
reset role;
select is(pg_temp.stand(t.name), 1::bigint, 'one stands: ' || t.name)
from unnest(array['two senders', 'two things']) as t (name);
set local role service_role;

-- An approval that is not surely its person's corrects nothing.
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester", "own_token": true}]', 'pgtap/project');
select pg_temp.ready('surely');
select is(
  pg_temp.answered(pg_temp.odd('gate_signoff', 'surely', 120, pg_temp.signoff('qa-1', 'rejected'), 'g2',
    key => 'surely')),
  'rejected invalid_envelope', 'a machine names somebody who objects'
);
select is(
  pg_temp.answered(pg_temp.odd('gate_signoff', 'surely', 120, pg_temp.signoff('qa-1', 'approved'), 'G2',
    key => 'surely')),
  'accepted', 'and who approves'
);
select is(pg_temp.contested('surely'), '{"release qa-1"}', 'where they have to do it themselves, that lifts nothing');

-- Under the same key a correction may seem earlier, by less than a minute.
select pg_temp.ready('delayed');
select pg_temp.answered(pg_temp.odd('build_complete', 'delayed', 100, pg_temp.nameless(), key => 'delayed'));
select is(
  pg_temp.answered(pg_temp.odd('build_complete', 'delayed', 99.5, '{"status": "pass"}', key => 'delayed')),
  'accepted', 'a correction that seems half a minute earlier'
);
select is(pg_temp.contested('delayed'), '{}', 'corrects it');

select finish();
rollback;
