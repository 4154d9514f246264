begin;
create extension if not exists pgtap with schema extensions;
select plan(89);

\ir helpers/functions.psql

-- The artifacts `named`: one for each letter, whose hash is 64 times the letter; `app b` is named app, the others by
-- their letter.
create function pg_temp.artifacts(variadic named text[]) returns jsonb
language sql immutable as $$
  select jsonb_build_object('artifacts', jsonb_agg(
    jsonb_build_object('name', split_part(n, ' ', 1), 'sha256', repeat(right(n, 1), 64))))
  from unnest(named) as n
$$;

set local role service_role;
\ir helpers/members.psql

-- What a deployment names.
select pg_temp.ready('named');
select is(
  pg_temp.deploy('named', 10, 'staging', 's1', 'in_progress', pg_temp.artifacts('web b', 'app A', 'app A', 'api c')),
  'accepted', 'a deployment may name artifacts'
);
select is(
  (pg_temp.deployment('named', 's1')).artifacts,
  pg_temp.artifacts('api c', 'app a', 'web b') -> 'artifacts',
  'the artifacts of a deployment are sorted, each once, with hashes in lower case'
);
select is(
  pg_temp.deploy('named', 11, 'staging', 's1', 'succeeded', pg_temp.artifacts('app a', 'web b', 'api c')), 'accepted',
  'a report of the same artifacts in another order is of the same deployment'
);
select is(
  pg_temp.deploy('named', 12, 'staging', 's1', 'succeeded', other.named), 'invalid_transition',
  'a known deployment that is reported with other artifacts is refused: ' || other.named::text
)
from (values
  ('{}'::jsonb), (pg_temp.artifacts('app a', 'web b')), (pg_temp.artifacts('app a', 'web b', 'api d')),
  (pg_temp.artifacts('app a', 'web b', 'api c', 'api d'))
) as other (named);
select is(
  pg_temp.deploy('named', 13, 'staging', 's2', 'in_progress', none.named), 'accepted',
  'no artifacts are null: ' || none.named::text
)
from (values ('{}'::jsonb), ('{"artifacts": []}'), ('{"artifacts": null}')) as none (named);
select is((pg_temp.deployment('named', 's2')).artifacts, null, 'a deployment that names none has none');
select is(
  pg_temp.deploy('named', 14, 'staging', 's2', 'succeeded', pg_temp.artifacts('app a')), 'invalid_transition',
  'a known deployment without artifacts that is reported with some is refused'
);
select is(
  pg_temp.deploy('named', 15, 'staging', bad.ref, 'in_progress', bad.named), 'invalid_payload',
  'what is no list of artifacts is refused: ' || bad.ref
)
from (values
  ('short hash', '{"artifacts": [{"name": "app", "sha256": "abc"}]}'::jsonb),
  ('no name', jsonb_build_object('artifacts', jsonb_build_array(jsonb_build_object('sha256', repeat('a', 64))))),
  ('too many', jsonb_build_object('artifacts', (
    select jsonb_agg(jsonb_build_object('name', n::text, 'sha256', repeat('a', 64)))
    from generate_series(1, 101) as n)))
) as bad (ref, named);
select throws_ok(
  format($$ insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, artifacts)
    values (%L, 'dev', 'd1', 'sha-1', 'in_progress', '[{"name": "app", "sha256": 1e130000}]') $$,
    pg_temp.release('named')),
  '23514', null, 'what is no list of artifacts cannot be inserted'
);

-- The set on record.

-- Report a build of the check `leg` that names artifacts. Returns the status, and the number of artifacts.
create function pg_temp.build_of(name text, minute numeric, leg text, variadic named text[]) returns text
language sql as $$
  select pg_temp.build(name, minute, 'pass', pg_temp.artifacts(variadic named) || jsonb_build_object('check_name', leg))
$$;
-- What the overview says of the release `name` under `field`.
create function pg_temp.overview(name text, field text) returns text
language sql as $$
  select ops.release_overview(pg_temp.release(name)) ->> field
$$;
reset role;
-- The artifacts that are on record for the release `name`, as text: `app a, web b`.
create function pg_temp.on_record(name text, as_of timestamptz default 'infinity') returns text
language sql security definer as $$
  select string_agg(a.name || ' ' || left(a.sha256, 1), ', ' order by a.name, a.sha256)
  from ops_private.artifacts_on_record(pg_temp.release(name), as_of) as a
$$;
set local role service_role;

select pg_temp.open('legs');
select is(pg_temp.overview('legs', 'artifacts_digest'), null, 'a release without artifacts has no digest');
select is((select r.has_artifacts from ops.releases as r
where r.release_id = pg_temp.release('legs')), false,
  'a release without artifacts is not marked');
select is(pg_temp.build('legs', 1, 'pass', '{"artifacts": []}'), 'accepted', 'a build may name no artifacts');
select is((select r.has_artifacts from ops.releases as r
where r.release_id = pg_temp.release('legs')), false,
  'an empty list of artifacts is none');
select pg_temp.build_of('legs', 2, 'linux', 'app a', 'app A');
select is(pg_temp.on_record('legs'), 'app a', 'an artifact that is named twice with one hash is one');
select is(
  pg_temp.overview('legs', 'artifacts_digest'),
  encode(sha256(convert_to('app' || E'\t' || repeat('a', 64) || E'\n', 'UTF8')), 'hex'),
  'the digest is the SHA-256 of the sorted lines: name, tab, hash, line feed'
);
select pg_temp.build_of('legs', 3, 'macos', 'dmg b', 'app a');
select is(pg_temp.on_record('legs'), 'app a, dmg b', 'the set is the union over the check names');
select pg_temp.build('legs', 4, 'fail', '{"check_name": "macos"}');
select is(pg_temp.on_record('legs'), 'app a, dmg b', 'a later report that names none changes nothing');
select pg_temp.build_of('legs', 2.5, 'macos', 'dmg c');
select is(pg_temp.on_record('legs'), 'app a, dmg b', 'a report that was observed earlier changes nothing');
select pg_temp.build_of('legs', 5, 'macos', 'dmg c');
select is(pg_temp.on_record('legs'), 'app a, dmg c', 'the latest report of a check replaces what it named before');
select pg_temp.build_of('legs', 5, 'macos', 'dmg d');
select is(pg_temp.on_record('legs'), 'app a, dmg d', 'of simultaneous reports the one recorded last counts');
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'legs', 6, '{"status": "pass", "artifacts": [{"name": "x",
    "sha256": "abc"}]}')), 'rejected invalid_payload', 'a hash that is none is refused');
select is(
  pg_temp.answered(pg_temp.event('build_complete', 'legs', 6, jsonb_build_object('status', 'pass', 'artifacts',
    (select jsonb_agg(jsonb_build_object('name', n::text, 'sha256', repeat('a', 64))) from generate_series(1, 101) as n)
  ))), 'rejected invalid_payload', 'more than 100 artifacts are refused');
select throws_ok(
  $$ update ops.releases set has_artifacts = false where release_id = pg_temp.release('legs') $$, 'OPS02', null,
  'nobody can say that a release has no artifacts'
);
select throws_ok(
  $$ insert into ops.build_artifacts (release_id, gate_id, check_id, name, sha256)
     select gc.release_id, gc.gate_id, gc.check_id, 'x', repeat('e', 64) from ops.gate_checks gc limit 1 $$,
  '42501', null, 'nobody names artifacts but by an event'
);

-- One artifact with two hashes.
select pg_temp.open('conflict');
select pg_temp.build('conflict', 1, 'pass', pg_temp.artifacts('app a', 'web c', 'tool d'));
select is(pg_temp.stored('conflict', 'G1'), 'passed', 'one hash for each artifact passes G1');
select pg_temp.build_of('conflict', 2, 'macos', 'app b', 'web e', 'other d');
select is(pg_temp.stored('conflict', 'G1'), 'failed', 'two hashes of one artifact fail G1');
select pg_temp.same_rows(
  $$ select f.kind::text, f.subject::text, f.state::text, f.enforcement::text
     from ops.gate_findings(pg_temp.gate('conflict', 'G1')) as f where f.kind = 'artifact_conflict' $$,
  $$ values ('artifact_conflict', 'app', 'failed', 'blocking'), ('artifact_conflict', 'web', 'failed', 'blocking') $$,
  'each artifact with two hashes is a finding'
);
select is(ops.gate_status_at(pg_temp.gate('conflict', 'G1'), clock_timestamp()), 'failed', 'the replay agrees');
select pg_temp.build_of('conflict', 3, 'macos', 'app a', 'web c');
select is(pg_temp.stored('conflict', 'G1'), 'passed', 'a report with equal hashes ends the conflict');
select pg_temp.build('conflict', 4, 'pass', pg_temp.artifacts('app a', 'app b'));
select is(pg_temp.stored('conflict', 'G1'), 'failed', 'one report that names two hashes is a conflict too');

-- Approvals are of the artifacts on record.
create function pg_temp.counted(name text) returns text
language sql as $$
  select string_agg(pg_temp.stored(name, g), ' ' order by g) || ' ' || pg_temp.eligible(name, 'production')
  from unnest(array['G1', 'G2', 'G3']) as g
$$;
select pg_temp.open('before');
select pg_temp.sign('before', 1, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.build('before', 2, 'pass', pg_temp.artifacts('app a'));
select is(pg_temp.stored('before', 'G2'), 'in_progress', 'an approval before the first artifacts is of none');
select is(
  (
      select array_agg(f.kind::text || ' ' || f.state order by f.kind)
      from ops.gate_findings(pg_temp.gate('before', 'G2')) as f
   where f.kind in ('approval', 'evidence')),
  array['approval unsatisfied', 'evidence unsatisfied'], 'its evidence lapses with it'
);

select pg_temp.open('rebuilt');
select pg_temp.build('rebuilt', 1, 'pass', pg_temp.artifacts('app a'));
select pg_temp.sign('rebuilt', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('rebuilt', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.counted('rebuilt'), 'passed passed passed true', 'approvals of the artifacts on record count');
select is(
  (select count(distinct a.artifacts_digest) from ops.approvals as a
where a.release_id = pg_temp.release('rebuilt')
   and a.artifacts_digest = pg_temp.overview('rebuilt', 'artifacts_digest')), 1::bigint,
  'approvals are stamped with the digest of the set'
);
select pg_temp.mark('approved');
select pg_temp.build('rebuilt', 4, 'pass', pg_temp.artifacts('app b'));
select is(
  pg_temp.counted('rebuilt'), 'passed in_progress in_progress false', 'a rebuild with other content lapses them'
);
select pg_temp.mark('rebuilt');
select pg_temp.build('rebuilt', 5, 'pass', pg_temp.artifacts('app a'));
select is(pg_temp.counted('rebuilt'), 'passed passed passed true', 'reporting the earlier set again puts them back');
select pg_temp.build('rebuilt', 6, 'pass');
select is(pg_temp.counted('rebuilt'), 'passed passed passed true', 'a build that names none changes nothing');
select pg_temp.build_of('rebuilt', 7, 'macos', 'dmg c');
select is(pg_temp.counted('rebuilt'), 'passed in_progress in_progress false', 'one more leg is another set');
select is(
  array[ops.was_eligible_for_promotion(pg_temp.release('rebuilt'), 'production', pg_temp.at('approved')),
    ops.was_eligible_for_promotion(pg_temp.release('rebuilt'), 'production', pg_temp.at('rebuilt'))],
  array[true, false], 'replay tells what was approved when'
);
select pg_temp.sign('rebuilt', 8, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.counted('rebuilt'), 'passed passed in_progress false', 'approving again is of the new set');
select pg_temp.sign('rebuilt', 9, 'G3', 'qa-2', 'approved', 'rollback_plan');
select pg_temp.sign('rebuilt', 9, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.counted('rebuilt'), 'passed passed passed true', 'so is the next gate');

-- An approval by hand is stamped too.
select pg_temp.as_person('qa_tester', 'qa-2', format(
  $$ with written as (
       insert into ops.approvals (
         release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured, artifacts_digest
       ) values (%L, %L, 'qa-2', 'qa_tester', 'approved', 'gate', '{"criteria": "met"}', repeat('0', 64)))
     select 'recorded' $$, pg_temp.release('rebuilt'), pg_temp.gate('rebuilt', 'G2')));
select is(
  (
    select a.artifacts_digest from ops.approvals as a
    where a.release_id = pg_temp.release('rebuilt')
    order by a.created_at desc limit 1
  ),
  pg_temp.overview('rebuilt', 'artifacts_digest'), 'nobody chooses by hand what their approval is of'
);

-- Rejections stand, whatever was built since.
select pg_temp.open('rejected');
select pg_temp.build('rejected', 1, 'pass', pg_temp.artifacts('app a'));
select pg_temp.sign('rejected', 2, 'G2', 'qa-1', 'rejected');
select pg_temp.sign('rejected', 2, 'G2', 'qa-2', 'request_changes');
select pg_temp.build('rejected', 3, 'pass', pg_temp.artifacts('app b'));
select is(pg_temp.stored('rejected', 'G2'), 'failed', 'a rejection of an earlier build stands');
select pg_temp.sign('rejected', 120, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.stored('rejected', 'G2'), 'in_progress', 'a request for changes to an earlier build stands');

-- A lapsed approval still counts for separation of duties.
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "release_manager"}]', 'pgtap/project');
select pg_temp.open('duties');
select pg_temp.build('duties', 1, 'pass', pg_temp.artifacts('app a'));
select pg_temp.sign('duties', 2, 'G2', 'rm-1', 'approved');
select pg_temp.build('duties', 3, 'pass', pg_temp.artifacts('app b'));
select pg_temp.sign('duties', 4, 'G2', 'rm-2', 'approved');
select pg_temp.sign('duties', 5, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.counted('duties'), 'passed passed in_progress false',
  'who approved an earlier build on G2 cannot approve G3');
select pg_temp.set_policy('G2', '[]', 'pgtap/project');

-- In every order: two legs, a rebuild and two decisions, in each permutation of the machine's reports. By day those
-- that go round, forwards and backwards: each report is in each place, and each before and after each other.
create table pg_temp.orders as
with recursive p (done, left_over) as (
  select
'{}'::integer[],
array[1, 2, 3, 4]
  union all
  select
p.done || n,
array_remove(p.left_over, n)
from p cross join lateral unnest(p.left_over) as n
)

select
p.done,
'order ' || array_to_string(p.done, '') as name
from p
where
  p.left_over = '{}' and (
    array_to_string(p.done, '') in ('1234', '2341', '3412', '4123', '4321', '3214', '2143', '1432')
    or current_setting('pgtap.effort', true) = 'nightly'
  );
select pg_temp.open(o.name) from pg_temp.orders as o;
select pg_temp.build(o.name, 1, 'pass', pg_temp.artifacts('app a')) from pg_temp.orders as o;
select pg_temp.sign(o.name, 2, 'G2', 'qa-1', 'approved', 'test_result') from pg_temp.orders as o;
select count(case s.n
  when 1 then pg_temp.build(o.name, 3, 'pass', pg_temp.artifacts('app b'))
  when 2 then pg_temp.build_of(o.name, 4, 'macos', 'dmg c')
  when 3 then pg_temp.build(o.name, 5, 'pass', pg_temp.artifacts('app d'))
  else pg_temp.build_of(o.name, 6, 'macos', 'dmg d') end)
from pg_temp.orders as o cross join lateral unnest(o.done) with ordinality as s (n, place)
group by o.name, s.place
order by s.place;
select is(
  (select array_agg(distinct pg_temp.on_record(o.name)) from pg_temp.orders as o), array['app d, dmg d'],
  'the same reports end in the same set in each order'
);
select pg_temp.sign(o.name, 7, 'G3', 'rm-1', 'approved', 'rollback_plan') from pg_temp.orders as o;
select is(
  (select array_agg(distinct pg_temp.counted(o.name)) from pg_temp.orders as o),
  array['passed in_progress in_progress false'],
  'an approval before them counts in none'
);
select pg_temp.build(o.name, 8, 'pass', pg_temp.artifacts('app a') || '{"check_name": "macos"}')
from pg_temp.orders as o;
select pg_temp.build(o.name, 8, 'pass', pg_temp.artifacts('app a')) from pg_temp.orders as o;
select is(
  (select array_agg(distinct pg_temp.stored(o.name, 'G2')) from pg_temp.orders as o), array['passed'],
  'the earlier set is put back where every leg reports it'
);
select is_empty(
  $$ select g.release_id, g.gate_code from ops.release_gates g join ops.releases r using (release_id)
     where g.status::text <> ops.gate_status_at(g.gate_id, clock_timestamp()) $$,
  'the replay of the present is what is stored, for every gate here'
);

-- A key that has approved already.
create function pg_temp.keyed(
  name text, key text, decision text, who text default 'qa-1', gate text default 'G2', persona text default 'qa_tester'
) returns jsonb
language sql as $$
  select ops.ingest_event(pg_temp.event('gate_signoff', name, 120, jsonb_build_object('decision', decision,
    'approver_id', who, 'persona_role', persona, 'rationale_structured', '{"criteria": "met"}'::jsonb), gate, key))
$$;
select pg_temp.open('again');
select pg_temp.build('again', 1, 'pass', pg_temp.artifacts('app a'));
select is(pg_temp.keyed('again', 'k1', 'approved') ->> 'status', 'accepted', 'an approval under a new key is recorded');
select
    is(
        pg_temp.keyed('again', 'k1', 'approved') #> '{detail,now,counts}',
        null,
        'its retry says nothing while it counts'
    );
select pg_temp.build('again', 2, 'pass', pg_temp.artifacts('app b'));
select is(
  array[d ->> 'status', d #>> '{detail,now,counts}'], array['duplicate', 'false'],
  'its retry after a rebuild is a duplicate, and says that it no longer counts'
)
from pg_temp.keyed('again', 'k1', 'approved') as d;
select is(pg_temp.keyed('again', 'k2', 'rejected') ->> 'status', 'accepted', 'the same person rejects');
select pg_temp.build('again', 3, 'pass', pg_temp.artifacts('app a'));
select
    is(
        pg_temp.keyed('again', 'k1', 'approved') #>> '{detail,now,counts}',
        'false',
        'after a rejection it no longer counts'
    );
select is(
  pg_temp.keyed('again', 'k2', 'rejected') #> '{detail,now,counts}', null, 'a rejection says nothing of the kind'
);
-- The retry says so for each reason for which the gate does not count an approval.
select pg_temp.open(t.name, initiator => t.initiator)
from (values ('own', 'qa-1'), ('lower', 'dev-1'), ('dismisser', 'dev-1')) as t (name, initiator);
select pg_temp.sign('lower', 1, 'G1', 'qa-1', 'approved');
select pg_temp.build('dismisser', 120, 'fail', '{"check_name": "scan", "artifact_ref": 7}');
select pg_temp.as_person('release_manager', 'rm-2', 'select ops.dismiss(%L, ''a false alarm'')', c.contested_id::text)
from ops.contested_reports as c
where c.release_id = pg_temp.release('dismisser');
select is(
  array(
    select concat_ws(' ', t.name,
      pg_temp.keyed(t.name, t.name || t.who, 'approved', t.who, t.gate, t.persona) ->> 'status',
      pg_temp.keyed(t.name, t.name || t.who, 'approved', t.who, t.gate, t.persona) #>> '{detail,now,counts}')
    from (values
      ('own', 'qa-1', 'G2', 'qa_tester'), ('own', 'qa-2', 'G2', 'qa_tester'),
      ('lower', 'qa-1', 'G2', 'qa_tester'), ('lower', 'qa-2', 'G2', 'qa_tester'),
      ('dismisser', 'rm-2', 'G3', 'release_manager'), ('dismisser', 'rm-1', 'G3', 'release_manager')
    ) as t (name, who, gate, persona)
  ), array['own accepted false', 'own accepted', 'lower accepted false', 'lower accepted', 'dismisser accepted false',
    'dismisser accepted'],
  'the retry of an approval by the initiator, by an approver of an earlier gate, or by who dismissed something says so'
);

-- What was looked at.
create function pg_temp.signed_seen(name text, seen text, decision text default 'approved', key text default
  gen_random_uuid()::text, who text default 'qa-1') returns jsonb
language sql as $$
  select ops.ingest_event(pg_temp.event('gate_signoff', name, 120, jsonb_build_object('decision', decision,
    'approver_id', who, 'persona_role', 'qa_tester', 'rationale_structured', '{"criteria": "met"}'::jsonb,
    'seen', seen), 'G2', key))
$$;
select pg_temp.open('seen');
select pg_temp.build('seen', 1, 'pass', pg_temp.artifacts('app a'));
select set_config('pgtap.seen', pg_temp.overview('seen', 'seen'), true);
select is(pg_temp.overview('seen', 'seen'), current_setting('pgtap.seen'), 'seen stays the same while nothing happens');
select is(
  pg_temp.signed_seen('seen', upper(current_setting('pgtap.seen')), 'approved', 'seen-1') ->> 'status', 'accepted',
  'a decision on what was looked at is recorded'
);
select is(
  pg_temp.signed_seen('seen', current_setting('pgtap.seen'), 'approved', 'seen-1') ->> 'status', 'duplicate',
  'the key comes first: its retry is a duplicate'
);
select is(
  pg_temp.signed_seen('seen', repeat('0', 64), 'approved', 'seen-1') ->> 'status', 'duplicate',
  'what was looked at is no part of the content'
);
select is(
  pg_temp.signed_seen('seen', current_setting('pgtap.seen'), 'approved', who => 'qa-2') ->> 'error',
  'changed_since_seen',
  'a decision on what has changed since is refused'
);
select is(
  (select count(*) from ops.approvals as a
where a.release_id = pg_temp.release('seen')), 1::bigint,
  'a refused approval is not recorded'
);
select is(
  (pg_temp.signed_seen('seen', current_setting('pgtap.seen'), 'rejected', who => 'qa-2'))
  #>> '{detail,contested,0,status}',
  'rejected', 'a refused rejection is contested'
);
select is(pg_temp.stored('seen', 'G2'), 'failed', 'it fails its gate');
select is(pg_temp.signed_seen('seen', 'abc') ->> 'error', 'invalid_payload', 'seen is 64 hex digits');
select set_config('pgtap.seen', pg_temp.overview('seen', 'seen'), true);
select pg_temp.check_by_hand('seen', 'pass', 'other');
select isnt(pg_temp.overview('seen', 'seen'), current_setting('pgtap.seen'), 'each new fact changes what was seen');
select is(
  (ops.release_overview(pg_temp.release('seen')) ?& array['release_id', 'artifacts_digest', 'seen']), true,
  'the overview has both digests'
);
select
    throws_ok(
        $$ select ops.release_overview(gen_random_uuid()) $$, 'OPS04', null, 'an unknown release has no overview'
    );

-- What was deployed.
create function pg_temp.deployed(name text, ref text, environment text, more jsonb default '{}') returns text
language sql as $$
  select concat_ws(' ', a #>> '{detail,was_eligible}',
    (select string_agg(b ->> 'kind', ',') from jsonb_array_elements(a #> '{detail,blockers}') as b),
    'advice', (select string_agg(b ->> 'kind', ',' order by b ->> 'kind') from jsonb_array_elements(a #> '{detail,advice}') as b
      where b ->> 'kind' not in ('moving_ref', 'objected_elsewhere')))
  from ops.ingest_event(pg_temp.event('deployment_event', name, 120, jsonb_build_object('environment', environment,
    'deployment_ref', ref, 'status', 'succeeded', 'source_ref', 'sha-1') || more)) as a
$$;
select pg_temp.ready('plain');
select is(pg_temp.deployed('plain', 'p1', 'production'), 'true advice', 'without artifacts there is nothing to say');
select is(
  pg_temp.deployed('plain', 'p2', 'production', pg_temp.artifacts('app a')), 'true advice artifact_mismatch',
  'artifacts that no build named are an advice while none are on record'
);
select pg_temp.open('shipped');
select pg_temp.build('shipped', 1, 'pass', pg_temp.artifacts('app a', 'web b'));
select pg_temp.sign('shipped', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.sign('shipped', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(
  pg_temp.deployed('shipped', t.ref, t.environment, t.named), t.said, t.said || ': ' || t.ref
)
from (values
  ('part of it', 'production', pg_temp.artifacts('web b'), 'true advice'),
  ('all of it', 'staging', pg_temp.artifacts('web B', 'app a'), 'true advice'),
  ('none', 'production', '{}', 'true advice deployed_artifacts'),
  ('other hash', 'production', pg_temp.artifacts('app b'), 'false artifact_mismatch advice'),
  ('other name', 'staging', pg_temp.artifacts('App a'), 'false artifact_mismatch advice'),
  ('one of two', 'dev', pg_temp.artifacts('app a', 'tool a'), 'false artifact_mismatch advice')
) as t (ref, environment, named, said);
select pg_temp.except_for('shipped', 'gate_bypass', '{G1,G2,G3,G4}');
select is(
  pg_temp.deployed('shipped', 'excepted', 'production', pg_temp.artifacts('app c')),
  'false artifact_mismatch advice', 'nothing covers artifact_mismatch'
);
select
    pg_temp.set_policy(
        'G3', '[{"kind": "prior_gate", "subject": "G2"}, {"kind": "deployed_artifacts"}]', 'pgtap/project'
    );
select pg_temp.open('asked');
select pg_temp.build('asked', 1, 'pass', pg_temp.artifacts('app a'));
select pg_temp.sign('asked', 2, 'G2', 'qa-1', 'approved', 'test_result');
select is(
  pg_temp.deployed('asked', t.ref, t.environment, t.named), t.said, 'policy asks for artifacts: ' || t.ref
)
from (values
  ('staging', 'staging', '{}'::jsonb, 'true advice deployed_artifacts'),
  ('none', 'production', '{}', 'false deployed_artifacts advice'),
  ('named', 'production', pg_temp.artifacts('app a'), 'true advice')
) as t (ref, environment, named, said);
select pg_temp.except_for('asked', 'gate_bypass', '{G3}');
select is(
  pg_temp.deployed('asked', 'covered', 'production'), 'true advice', 'a bypass of G3 covers deployed_artifacts'
);
select is_empty(
  $$ select g.gate_code from ops.release_gates g cross join lateral ops.gate_findings(g.gate_id) as f
     where f.kind in ('deployed_artifacts', 'artifact_mismatch') $$,
  'no gate depends on what was deployed'
);

select finish();
rollback;
