begin;
create extension if not exists pgtap with schema extensions;
select plan(13);

\ir helpers/functions.psql

set local role service_role;
\ir helpers/members.psql

-- Two roles in two projects, and a third project that is none of theirs.
select ops.grant_membership('two-1', m.role, m.project, null, pg_temp.wanting(), 'a test')
from (values ('qa_tester', 'pgtap/project'), ('release_manager', 'pgtap/other')) as m (role, project);
create function pg_temp.in_project(project text, name text) returns uuid
language plpgsql as $$
declare
  v_id constant uuid := ops.open_release(project, name, 'production', 'sha-1', initiating_actor => 'dev-1');
begin
  perform ops.ingest_event(pg_temp.event('build_complete', name, 1, '{"status": "pass"}')
    || jsonb_build_object('release_id', v_id));
  return v_id;
end
$$;
create function pg_temp.past_g2(release_id uuid) returns text
language sql as $$
  select ops.ingest_event(pg_temp.event('gate_signoff', 'any', 2, jsonb_build_object(
    'decision', 'approved', 'approver_id', 'qa-1', 'persona_role', 'qa_tester', 'rationale_structured', '{"ok": true}'::jsonb,
    'evidence', '[{"artifact_type": "test_result", "artifact_url": "https://evidence.test/1"}]'::jsonb), 'G2')
    || jsonb_build_object('release_id', release_id)) ->> 'status'
$$;
select pg_temp.in_project(p.project, p.name)
from (values
  ('pgtap/project', 'built'),
  ('pgtap/project', 'tested'),
  ('pgtap/other', 'other built'),
  ('pgtap/other', 'other tested'),
  ('pgtap/later', 'foreign')
) as p (project, name);
select is(pg_temp.past_g2(r.release_id), 'accepted', 'G2 of it is signed off: ' || r.release_name)
from ops.releases as r
where r.release_name in ('tested', 'other tested');
create function pg_temp.as_two(role text, query text, arg text default null) returns text
language sql as $$
  select pg_temp.as_person(role, 'two-1', query, arg)
$$;

select is(
  pg_temp.as_two(t.role, 'select string_agg(concat_ws('' '', i ->> ''role'', i ->> ''kind'', i ->> ''gate_code'',
    i ->> ''release_name''), '', '' order by i ->> ''release_name'') from jsonb_array_elements(ops.inbox() -> ''items'') as i'),
  'qa_tester sign_off G2 built, release_manager sign_off G3 other tested',
  'an inbox has what waits for each role in its project, whatever role they act in: ' || t.role
)
from unnest(array['qa_tester', 'release_manager']) as t (role);
select is(
  pg_temp.as_two(
      t.role, 'select string_agg(m.release_name, '', '' order by m.release_name) from ops.my_releases() as m'
  ),
  'built, other built, other tested, tested', 'a page has the releases of both projects and of no other: ' || t.role
)
from unnest(array['qa_tester', 'release_manager']) as t (role);
select is(
  pg_temp.as_two('qa_tester', 'select count(*) from ops.my_releases(''{"project": "pgtap/later"}'')'), '0',
  'a filter shows nothing of another project'
);
select throws_ok(
  format($$ select pg_temp.as_two('qa_tester', 'select count(*) from ops.my_releases(before => %%L)', %L) $$, t.id),
  'OPS04', null, 'a cursor of another project is as one that is not there: ' || t.what
)
from (values
  ('foreign', (select r.release_id from ops.releases as r
  where r.release_name = 'foreign')),
  ('none', gen_random_uuid())
) as t (what, id);
select lives_ok(
  format($$ select pg_temp.as_two('release_manager', 'select ops.release_overview(%%L)', %L) $$, r.release_id),
  'an overview is for the role that they act in'
)
from ops.releases as r
where r.release_name = 'other built';
select throws_ok(
  format($$ select pg_temp.as_two('qa_tester', 'select ops.release_overview(%%L)', %L) $$, t.id), 'OPS04', null,
  'a release of another project is as one that is not there: ' || t.what
)
from (values
  ('foreign', (select r.release_id from ops.releases as r
  where r.release_name = 'foreign')),
  ('other built', (select r.release_id from ops.releases as r
  where r.release_name = 'other built')),
  ('none', gen_random_uuid())
) as t (what, id);

select finish();
rollback;
