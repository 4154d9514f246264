begin;
create extension if not exists pgtap with schema extensions;
select plan(64);

\ir helpers/functions.psql

-- How many artifacts of the type count on G2 of the release `name` now, and at how many addresses the hash changed.
create function pg_temp.counted(name text, type text default 'test_result', hashed boolean default false) returns text
language sql security definer as $$
  select c.present || ' ' || c.changed
  from ops_private.count_evidence(
    pg_temp.release(name), pg_temp.gate(name, 'G2'), 'G2', null, type, hashed, null, 'infinity',
    array(
      select d from ops_private.standing_decisions(pg_temp.release(name), pg_temp.gate(name, 'G2'), 'infinity') as d
    ),
    ops_private.artifacts_digest(pg_temp.release(name), 'infinity')
  ) as c
$$;
-- Sign off G2 of the release `name` with evidence: one test_result for each `address hash`; the hash is one letter, `-`
-- for none. Returns the error code, or the status.
create function pg_temp.signed(
  name text, minute numeric, who text, decision text, variadic evidence text[]
) returns text
language sql as $$
  select coalesce(a ->> 'error', a ->> 'status')
  from ops.ingest_event(pg_temp.event('gate_signoff', name, minute, jsonb_build_object(
    'decision', decision, 'approver_id', who, 'rationale_structured', '{"criteria": "met"}'::jsonb,
    'persona_role', 'qa_tester', 'evidence', (
      select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('artifact_type', 'test_result',
        'artifact_url', split_part(e, ' ', 1), 'sha256', repeat(nullif(split_part(e, ' ', 2), '-'), 64))))
      from unnest(evidence) as e)
  ), 'G2')) as a
$$;
-- Attach evidence to G2 of the release `name` as the service role, which came with no sign-off.
create function pg_temp.attach(name text, address text, hash text default null, type text default 'test_result')
returns text
language sql as $$
  insert into ops.evidence_artifacts (release_id, gate_id, artifact_type, source_system, artifact_url, sha256)
  values (pg_temp.release(name), pg_temp.gate(name, 'G2'), type::ops.ops_artifact_type, 'agent', address,
    repeat(hash, 64))
  returning 'attached'
$$;

set local role service_role;
\ir helpers/members.psql

-- The same artifact twice, in every way.
create table pg_temp.twice as
select
t.number,
t.rows,
t.counts,
t.said
from (values
  (1, '[{"address": "https://a.test/1"}, {"address": "https://a.test/1"}]'::jsonb, '1 0', 'one address twice'),
  (2, '[{"address": "https://a.test/1", "hash": "a"}, {"address": "https://a.test/1"}]', '1 0', 'then without a hash'),
  (3, '[{"address": "https://a.test/1"}, {"address": "https://a.test/1", "hash": "a"}]', '1 0', 'then with a hash'),
  (4, '[{"address": "https://a.test/1", "hash": "a"}, {"address": "https://a.test/2", "hash": "a"}]', '1 0',
    'one hash at two addresses'),
  (5, '[{"address": "https://a.test/1", "hash": "a"}, {"address": "https://a.test/1", "hash": "b"}]', '1 1',
    'two hashes at one address'),
  (6, '[{"address": "https://a.test/1"}, {"address": "https://a.test/2"}]', '2 0', 'two addresses'),
  (7, '[{"address": "https://a.test/1", "hash": "a"}, {"address": "https://a.test/2", "hash": "b"}]', '2 0',
    'two addresses with two hashes'),
  (8, '[{"address": "https://a.test/1", "hash": "a"}, {"address": "https://a.test/2", "hash": "b"},
    {"address": "https://a.test/1", "hash": "b"}]', '1 1', 'an address whose newest hash is that of another'),
  (9, '[{"address": "https://a.test/1"}, {"address": "HTTPS://A.test/1"}]', '1 0', 'scheme and host in other capitals'),
  (10, '[{"address": "https://a.test/a"}, {"address": "https://a.test/A"}]', '2 0', 'two paths that differ in case'),
  (11, '[{"address": "https://a.test/1", "hash": "a"}, {"address": "https://a.test/1", "hash": "A"}]', '1 0',
    'one hash in other capitals'),
  (12, '[{"address": "https://a.test/1", "hash": "a"}, {"address": "https://a.test/1", "hash": "b"},
    {"address": "https://a.test/1", "hash": "a"}]', '1 1', 'a hash that came back'),
  (13, '[{"address": "https://a.test/1"}, {"address": "https://A.test:443/1"}, {"address": "https://a.test//1/"},
    {"address": "https://a.test/1#part"}, {"address": "https://a.test/1?"}, {"address": "https://a.test/1?#/2"}]', '1 0',
    'one address with its usual port, a fragment, slashes and an empty query'),
  (14, '[{"address": "http://a.test:80/1"}, {"address": "http://a.test/1"}]', '1 0', 'the usual port of http'),
  (15, '[{"address": "https://a.test/1"}, {"address": "https://a.test:80/1"}, {"address": "http://a.test/1"},
    {"address": "https://a.test/1?2"}, {"address": "https://a.test/1/2"}]', '5 0', 'another port, scheme, query and path'),
  (16, '[{"address": "https://a.test"}, {"address": "https://a.test/"}]', '1 0', 'a host alone')
) as t (number, rows, counts, said);
select pg_temp.open('twice ' || t.number) from pg_temp.twice as t;
select pg_temp.attach('twice ' || t.number, e.value ->> 'address', e.value ->> 'hash')
from pg_temp.twice as t
cross join lateral jsonb_array_elements(t.rows) with ordinality as e
order by t.number, e.ordinality;
select is(pg_temp.counted('twice ' || t.number), t.counts, 'the same artifact twice: ' || t.said)
from pg_temp.twice as t
order by t.number;
-- By the time of observation, not of arrival.
select pg_temp.open('late');
select pg_temp.signed('late', 5, 'qa-1', 'approved', 'https://a.test/1 b', 'https://a.test/2 c');
select pg_temp.signed('late', 4, 'qa-1', 'approved', 'https://a.test/1 c');
select is(pg_temp.counted('late'), '2 1', 'a row that was observed earlier is not the newest');
select pg_temp.signed('late', 6, 'qa-1', 'approved', 'https://a.test/1 c');
select is(pg_temp.counted('late'), '1 1', 'one that was observed later is');

-- A policy that asks for a hash, and for two.
select pg_temp.set_policy('G2', '[
  {"kind": "evidence", "subject": "test_result", "min_count": 2, "require_hash": true},
  {"kind": "evidence", "subject": "uat_summary", "enforcement": "advisory"}]', 'pgtap/project');
select pg_temp.open('hashed');
select pg_temp.attach('hashed', 'https://a.test/1', 'a');
select pg_temp.attach('hashed', 'https://a.test/2');
select is(pg_temp.stored('hashed', 'G2'), 'in_progress', 'evidence without a hash does not count');
select pg_temp.attach('hashed', 'https://a.test/3', 'a');
select is(pg_temp.stored('hashed', 'G2'), 'in_progress', 'the same bytes elsewhere do not count again');
select pg_temp.attach('hashed', 'https://a.test/2', 'b');
select is(pg_temp.stored('hashed', 'G2'), 'passed', 'two artifacts with hashes count');
select pg_temp.attach('hashed', 'https://a.test/2');
select is(
  pg_temp.stored('hashed', 'G2'), 'in_progress', 'an artifact whose newest row has no hash does not count'
);
select pg_temp.attach('hashed', 'https://a.test/2', 'b');
select is(pg_temp.stored('hashed', 'G2'), 'passed', 'it counts again when it is named with a hash');
select pg_temp.attach('hashed', 'https://a.test/2', 'a');
select is(pg_temp.stored('hashed', 'G2'), 'in_progress', 'the newest hash at an address counts');
select pg_temp.set_policy('G2', '[]', 'pgtap/project');

-- Evidence that came with a sign-off.
select pg_temp.open('carried');
select pg_temp.signed('carried', 1, 'qa-1', 'approved', 'https://a.test/1 a');
select is(pg_temp.counted('carried'), '1 0', 'evidence of an approval counts');
select is(
  (
      select count(*)
      from ops.evidence_artifacts as e
      inner join
          ops.approvals as a
      on e.release_id = a.release_id and e.gate_id = a.gate_id and e.approval_id = a.approval_id
   where e.release_id = pg_temp.release('carried') and a.approver_id = 'qa-1'), 1::bigint, 'it names its sign-off'
);
select pg_temp.signed('carried', 2, 'qa-1', 'rejected', 'https://a.test/2 b');
select is(pg_temp.counted('carried'), '0 0', 'after a rejection of the same person none of it counts');
select pg_temp.signed('carried', 120, 'qa-2', 'approved', 'https://a.test/3 c');
select is(pg_temp.counted('carried'), '1 0', 'the evidence of others is their own');
select pg_temp.signed('carried', 120, 'qa-1', 'approved', 'https://a.test/4 d');
select is(pg_temp.counted('carried'), '4 0', 'when they approve again, all that they sent counts');
select pg_temp.sign('carried', 120, 'G2', 'qa-2', 'request_changes');
select is(pg_temp.counted('carried'), '3 0', 'a request for changes takes it away too');
select pg_temp.attach('carried', 'https://a.test/5', 'e');
select is(pg_temp.counted('carried'), '4 0', 'evidence that came with no sign-off counts whoever decides');
select is(
  (select count(*) from ops.evidence_artifacts as e
where e.release_id = pg_temp.release('carried')
   and e.approval_id is null), 1::bigint, 'it names none'
);
select pg_temp.open('initiator', initiator => 'qa-1');
select pg_temp.signed('initiator', 1, 'qa-1', 'approved', 'https://a.test/1 a');
select is(pg_temp.counted('initiator'), '1 0', 'evidence counts although the approval with it does not');
select is(
  pg_temp.as_person('qa_tester', 'qa-2', format(
    $$ with written as (
         insert into ops.evidence_artifacts (release_id, gate_id, artifact_type, source_system, artifact_url, approval_id)
         select %L, %L, 'test_result', 'manual', 'https://a.test/9', gen_random_uuid() returning approval_id)
       select coalesce(approval_id::text, 'none') from written $$,
    pg_temp.release('initiator'), pg_temp.gate('initiator', 'G2'))), 'none',
  'nobody can say by hand with which sign-off an artifact came'
);

-- It is of the artifacts that the sign-off was about.
select pg_temp.open('rebuilt');
select pg_temp.signed('rebuilt', 1, 'qa-1', 'approved', 'https://a.test/1 a');
select
    pg_temp.build(
        'rebuilt', 2, 'pass', format('{"artifacts": [{"name": "app", "sha256": "%s"}]}', repeat('1', 64))::jsonb
    );
select is(pg_temp.counted('rebuilt'), '0 0', 'after a build of other artifacts it does not count');
select pg_temp.signed('rebuilt', 3, 'qa-1', 'approved', 'https://a.test/2 b');
select is(pg_temp.counted('rebuilt'), '1 0', 'that of a new sign-off does');
select
    pg_temp.build(
        'rebuilt', 4, 'pass', format('{"artifacts": [{"name": "app", "sha256": "%s"}]}', repeat('2', 64))::jsonb
    );
select is(pg_temp.counted('rebuilt'), '0 0', 'until the next build of others');
select
    pg_temp.build(
        'rebuilt', 5, 'pass', format('{"artifacts": [{"name": "app", "sha256": "%s"}]}', repeat('1', 64))::jsonb
    );
select is(pg_temp.counted('rebuilt'), '1 0', 'the earlier set puts it back');

-- Addresses.
select pg_temp.open('addresses');
select is(
  pg_temp.signed('addresses', 1, 'qa-1', 'approved', t.address || ' -'), t.answer, t.address || ' is ' || t.answer
)
from (values
  ('s3://bucket/key', 'accepted'),
  ('gs://b/k', 'accepted'),
  ('azblob://c/b', 'accepted'),
  ('oci://r/i@sha256:1', 'accepted'),
  ('git://r/x#1', 'accepted'), ('HTTP://a.test/1', 'accepted'),
  ('file:///tmp/report', 'invalid_payload'), ('urn:uuid:1', 'invalid_payload'), ('javascript://a', 'invalid_payload'),
  ('ftp://a.test/1', 'invalid_payload'), ('https:/a.test', 'invalid_payload'), ('https://', 'invalid_payload'),
  ('git+ssh://a.test/1', 'invalid_payload')
) as t (address, answer);
select throws_ok(
  format($$ select pg_temp.attach('addresses', %L) $$, t.address), '23514', null, 'nor is it inserted: ' || t.address
)
from (values ('file:///tmp/report'), ('reports/1'), ('data:text/plain,x')) as t (address);

-- On G4.
select pg_temp.ready('deployed');
select pg_temp.deploy('deployed', 10, 'staging', 's1', 'succeeded');
select is(
  pg_temp.answered(pg_temp.event('gate_signoff', 'deployed', 11, '{"decision": "approved", "approver_id": "qa-1",
    "persona_role": "qa_tester", "rationale_structured": {"criteria": "met"}, "environment": "staging",
    "deployment_ref": "s1", "evidence": [{"artifact_type": "health_check", "artifact_url": "https://a.test/1"}]}', 'G4')),
  'accepted', 'a sign-off on G4 may name a deployment'
);
select is(
  (select (f.state) from ops.gate_findings(pg_temp.gate('deployed', 'G4')) as f
where f.kind = 'evidence')::text,
  'satisfied', 'its evidence counts for that deployment'
);
select is(
  pg_temp.answered(pg_temp.event('gate_signoff', 'deployed', 12, '{"decision": "approved", "approver_id": "qa-1",
    "persona_role": "qa_tester", "rationale_structured": {"criteria": "met"}, "environment": "staging",
    "deployment_ref": "s9"}', 'G4')),
  'rejected unknown_deployment', 'a sign-off that names an unknown deployment is refused'
);

-- Each deployment that G4 looks at must have it.
select pg_temp.ready('regions');
select pg_temp.deploy('regions', 10, 'staging', 'eu-1', 'succeeded', '{"target": "eu"}');
select pg_temp.deploy('regions', 10, 'staging', 'us-1', 'succeeded', '{"target": "us"}');
create function pg_temp.confirmed(region text) returns text
language sql as $$
  select pg_temp.answered(pg_temp.event('gate_signoff', 'regions', 11, jsonb_build_object(
    'decision', 'approved', 'approver_id', 'qa-1', 'persona_role', 'qa_tester', 'environment', 'staging',
    'rationale_structured', '{"criteria": "met"}'::jsonb, 'target', region, 'deployment_ref', region || '-1',
    'evidence', '[{"artifact_type": "health_check", "artifact_url": "https://a.test/1"}]'::jsonb), 'G4'));
$$;
create function pg_temp.shown() returns text
language sql as $$
  select f.state::text from ops.gate_findings(pg_temp.gate('regions', 'G4')) as f where f.kind = 'evidence'
$$;
select pg_temp.confirmed('eu');
select is(pg_temp.shown(), 'unsatisfied', 'evidence for one of two regions is not enough');
select pg_temp.confirmed('us');
select is(pg_temp.shown(), 'satisfied', 'evidence for both is');

-- The views count by the same rule.
\ir helpers/views_agree.psql
select is(pg_temp.differences(), '{}', 'the views and the functions agree');

-- What is an address: one rule, which stands in three places of SQL.
reset role;
create function pg_temp.constraint_takes(address text) returns boolean
language plpgsql stable as $$
declare
  v_taken boolean;
begin
  execute (
    select format('select %s from (select $1 as artifact_url) as t',
      regexp_replace(pg_get_constraintdef(c.oid), '^CHECK ', ''))
    from pg_catalog.pg_constraint c
    where c.conrelid = 'ops.evidence_artifacts'::regclass and c.conname = 'address_is_absolute'
  ) into v_taken using address;
  return v_taken;
end
$$;
create function pg_temp.pattern_takes(address text) returns boolean
language sql stable as $$
  select jsonb_build_object('a', address)
    @@ ops_private.field_pattern('$.a', '{"type": "uri", "required": true}')::jsonpath
$$;
create temporary table addresses as
select s.scheme || '://' || r.rest as address
from unnest(array[
  'http', 'https', 'HTTPS', 's3', 'gs', 'azblob', 'oci', 'git', 'file', 'ftp', 'javascript', 'xhttps', 'https://https'
]) as s (scheme)
cross join unnest(array[
  '', 'x', 'x/y', 'é/y', '/x', '//x', '?x', '#x', 'x y', ' x', E'x\ty', 'x/é'
]) as r (rest)
union all
select u.address
from unnest(array['', 'x', '/x', 'https:/x', 'https:x', 'https', ' https://x', E'https://x\n']) as u (address);
select is_empty(
  $$ select a.address from addresses a
     where pg_temp.constraint_takes(a.address) <> ops_private.is_address(a.address) $$,
  'the table and events take the same addresses'
);
select is_empty(
  $$ select a.address from addresses a
     where pg_temp.pattern_takes(a.address) and not ops_private.is_address(a.address) $$,
  'the quick look at an event takes no other'
);
select ok(
  (
    select bool_or(pg_temp.pattern_takes(a.address)) and bool_or(not ops_private.is_address(a.address))
    from addresses as a
  ),
  'it takes some, and some are no addresses'
);
select is(pg_temp.constraint_takes('https:///x'), false, 'an address names a host');

select finish();
rollback;
