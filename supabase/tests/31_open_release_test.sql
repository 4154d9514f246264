begin;
create extension if not exists pgtap with schema extensions;
select plan(46);

\ir helpers/functions.psql

create function pg_temp.open_as(role text, subject text, name text, initiator text default null) returns text
language sql as $$
  select pg_temp.as_person(role, subject, 'select ops.open_release(%s)', format(
    '%L, %L, %L, %L, initiating_actor => %L', 'pgtap/project', name, 'production', 'sha-1', initiator))
$$;
create function pg_temp.initiator(name text) returns text
language sql stable as $$
  select r.initiating_actor
  from ops.releases r
  where r.release_id = pg_temp.release(name)
$$;

set local role service_role;
\ir helpers/members.psql

-- Opening a release a second time.
select lives_ok(
  $$ select ops.open_release('pgtap/project', 'v1', 'production', 'sha-1', '{"modules": ["a"]}', 'dev-1') $$,
  'a machine opens a release'
);
select is(
  ops.open_release('pgtap/project', 'v1', 'production', 'sha-1', '{"modules": ["a"]}', 'dev-1'), pg_temp.release('v1'),
  'the same arguments return the same release'
);
select is(
  ops.open_release('pgtap/project', 'v1', 'production', 'sha-1', '{"modules": ["a"]}', ' DEV-HANDLE '),
  pg_temp.release('v1'), 'the initiator''s handle is the same argument as the subject'
);
select throws_ok(
  $$ select ops.open_release('pgtap/project', 'v1', 'production', 'sha-2', '{"modules": ["a"]}', 'dev-1') $$,
  'OPS09', null, 'another source_ref is an error'
);
select is(
  ops.open_release('pgtap/project', 'v1', t.target, 'sha-1', t.scope::jsonb, t.initiator), pg_temp.release('v1'),
  t.description
)
from (
  values
  ('staging', '{"modules": ["a"]}', 'dev-1', 'another target finds the release'),
  ('production', '{}', 'dev-1', 'another scope finds the release'),
  ('production', null, 'qa-1', 'another initiator finds the release'),
  (null, null, null, 'no other argument is needed to find the release')
) as t (target, scope, initiator, description);

-- What is released.
select lives_ok(
  format('select ops.open_release(%L, %L, %L, %L, %L, %L)', 'pgtap/project', t.ref, 'dev', t.ref, '{}', 'dev-1'),
  format('%s says what is released', t.description)
)
from (
  values
  (repeat('ABCDEF01', 5), 'a full commit id'), (repeat('ABCDEF01', 8), 'a full SHA-256 id'),
  ('refs/tags/v1', 'a tag'), ('1234567', 'a number'), ('abcdef', 'a word of six hex digits')
) as t (ref, description);
select throws_ok(
  format('select ops.open_release(%L, %L, %L, %L, %L, %L)', 'pgtap/project', 'short', 'dev', t.ref, '{}', 'dev-1'),
  '23514', null, format('%s is a short commit id', t.ref)
)
from unnest(array['abcdef1', 'ABCDEF1', '123456789a', left(repeat('abcdef01', 5), 39)]) as t (ref);
select is(
  (
    select r.source_ref::text
    from ops.releases as r
    where r.release_id = pg_temp.release(repeat('ABCDEF01', 5))
  ), repeat('abcdef01', 5), 'a full commit id is kept in lower case'
);
select is(
  ops.open_release('pgtap/project', repeat('ABCDEF01', 5), 'dev', repeat('AbcDEF01', 5), initiating_actor => 'dev-1'),
  pg_temp.release(repeat('ABCDEF01', 5)), 'a full commit id is found whatever its case'
);
select is(
  pg_temp.build(repeat('ABCDEF01', 5), 120, 'pass', jsonb_build_object('source_ref', repeat('ABCDEF01', 5))),
  'accepted', 'a build names it in any case'
);
select pg_temp.deploy(
  repeat('ABCDEF01', 5), 120, 'dev', 'd1', 'succeeded', jsonb_build_object('source_ref', repeat('AbcDEF01', 5))
);
select is(
  (pg_temp.deployment(repeat('ABCDEF01', 5), 'd1')).was_eligible, true, 'a deployment names it in any case'
);
select isnt(
  ops.open_release('pgtap/other', 'v1', 'production', 'sha-1', '{"modules": ["a"]}', 'dev-1'), pg_temp.release('v1'),
  'the same name in another project is another release'
);
select is(
  (
    select count(*)::integer
    from ops.release_gates as g
    where g.release_id = pg_temp.release('v1')
  ), 4, 'opening a release again creates no further gates'
);
select throws_ok(
  $$ select ops.open_release('pgtap/project', 'v2', 'prod', 'sha-1', initiating_actor => 'dev-1') $$, '22023', null,
  'an unknown target is an error'
);

-- A machine names the person for whom it opens a release.
select throws_ok(
  $$ select ops.open_release('pgtap/project', 'v2', 'production', 'sha-1') $$, 'OPS06', null,
  'a machine must name a person'
);
select throws_ok(
  $$ select pg_temp.open('v2', initiator => 'nobody') $$, 'OPS06', null,
  'a machine cannot name somebody who is no member'
);
select throws_ok($$ select pg_temp.open('v2', initiator => '  ') $$, 'OPS06', null, 'a machine cannot name a blank');
select throws_ok(
  $$ select pg_temp.open('v2', initiator => 'bot-1') $$, 'OPS06', null, 'a machine cannot name a machine'
);
select pg_temp.revoke_from('qa-2');
select throws_ok(
  $$ select pg_temp.open('v2', initiator => 'qa-2') $$, 'OPS06', null, 'a machine cannot name a former member'
);
select isnt(
  pg_temp.open_as('ci_service_role', 'bot-1', 'by pipeline', 'dev-handle'), null,
  'a pipeline opens a release for a person'
);
select is(pg_temp.initiator('by pipeline'), 'dev-1', 'the release belongs to the person that the pipeline named');
select throws_ok(
  $$ select pg_temp.open_as('ci_service_role', 'bot-1', 'by pipeline 2') $$, 'OPS06', null,
  'a pipeline must name a person'
);
insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor)
values ('pgtap/project', 'direct', 'dev', 'sha-1', ' Dev-Handle');
select is(pg_temp.initiator('direct'), 'dev-1', 'a direct insert resolves the handle to a subject');
select throws_ok(
  $$ insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor)
     values ('pgtap/project', 'direct 2', 'dev', 'sha-1', 'nobody') $$,
  'OPS06', null, 'a direct insert refuses an unknown initiator'
);

-- A person opens a release in their own name.
select isnt(pg_temp.open_as('release_manager', 'rm-1', 'by hand'), null, 'a release manager opens a release');
select is(pg_temp.initiator('by hand'), 'rm-1', 'the initiator is the release manager');
select is(
  pg_temp.open_as('release_manager', 'rm-1', 'by hand', 'RM-Handle')::uuid, pg_temp.release('by hand'),
  'a release manager may name themselves'
);
select throws_ok(
  $$ select pg_temp.open_as('release_manager', 'rm-1', 'by hand 2', 'dev-1') $$, '42501', null,
  'a release manager cannot name somebody else'
);
select is(pg_temp.release('by hand 2'), null, 'a refused call opens no release');
select throws_ok(
  format('select pg_temp.open_as(%L, %L, ''refused'')', t.role, t.subject), '42501', null,
  format('%s cannot open a release', t.role)
)
from (
  values
  ('developer', 'dev-1'), ('qa_tester', 'qa-1'), ('sre', 'sre-1'), ('audit_reader', 'au-1'), ('authenticated', 'dev-1'),
  ('anon', 'dev-1')
) as t (role, subject);
set local role none;
select throws_ok(
  $$ select pg_temp.open('refused') $$, '42501', null, 'the owner without a role cannot open a release'
);

select finish();
rollback;
