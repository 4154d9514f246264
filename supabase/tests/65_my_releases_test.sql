begin;
create extension if not exists pgtap with schema extensions;
select plan(67);

\ir helpers/functions.psql

-- The names on a page that `who` asks for as `role`, in its order.
create function pg_temp.page(role text, who text, filter jsonb, before text default null, most integer default 50)
returns text
language sql as $$
  select pg_temp.as_person(role, who, format(
    'select string_agg(m.release_name, '', '' order by m.place)
     from ops.my_releases(%L, (select r.release_id from ops.releases r where r.release_name = %L), %L)
     with ordinality as m (release_id, project, release_name, environment_target, source_ref, initiating_actor, status,
       opened_at, closed_at, close_reason, gates, eligible_for_staging, eligible_for_production, waits_at, waits_for,
       waits_since, place)', filter, before, most))
$$;
-- What a page says of the release `name` to a developer: what they may know is what every role may know.
create function pg_temp.row_of(name text, field text) returns text
language sql as $$
  select pg_temp.as_person('developer', 'dev-1', format(
    'select to_jsonb(m) ->> %L from ops.my_releases() as m where m.release_name = %L', field, name))
$$;

set local role service_role;
\ir helpers/members.psql

-- The order of pages.
select pg_temp.open('p' || n) from generate_series(1, 5) as n;
select is(
  pg_temp.page(p.role, p.who, '{}'), 'p5, p4, p3, p2, p1', 'the newest release comes first for a ' || p.role
)
from (values
  ('release_manager', 'rm-1'), ('qa_tester', 'qa-1'), ('sre', 'sre-1'), ('developer', 'dev-1'),
  ('audit_reader', 'audit-1'), ('service_role', null)
) as p (role, who);
select is(pg_temp.page('sre', 'sre-1', '{}', most => 2), 'p5, p4', 'a page is as long as is asked for');
select is(pg_temp.page('sre', 'sre-1', '{}', 'p4', 2), 'p3, p2', 'the next page begins after the last row of this one');
select is(pg_temp.page('sre', 'sre-1', '{}', 'p2', 2), 'p1', 'the last one may be shorter');
select is(pg_temp.page('sre', 'sre-1', '{}', 'p1', 2), null, 'and after it there is none');
select pg_temp.open('p6');
select is(
  pg_temp.page('sre', 'sre-1', '{}', 'p4', 2), 'p3, p2', 'a release that is opened meanwhile moves no page'
);
select throws_ok(
  format($$ select pg_temp.page('sre', 'sre-1', '{}', most => %s) $$, t.most), '22023', null,
  'a page has 1 to 200 releases, not ' || t.most
)
from unnest(array['0', '201', '-1', 'null']) as t (most);
select lives_ok($$ select ops.my_releases("limit" => 200) $$, 'a page of 200 may be asked for');

-- A cursor is no way to probe.
select throws_ok(
  format($$ select pg_temp.as_person(%L, %L, 'select count(*) from ops.my_releases(before => gen_random_uuid())') $$,
    p.role, p.who), p.code, null, 'a cursor that is no release of theirs is refused: ' || p.role
)
from (values ('sre', 'sre-1', 'OPS04'), ('developer', 'dev-1', 'OPS04'), ('service_role', null, 'OPS04')) as p (
  role, who, code);

-- Filters.
select ops.open_release('pgtap/other', 'other', 'staging', 'sha-9', initiating_actor => 'rm-1');
select pg_temp.build('p1', 1, 'pass');
select is(pg_temp.page('release_manager', 'rm-1', f.filter), f.names, 'filter ' || f.filter::text)
from (values
  ('{"project": "pgtap/other"}'::jsonb, 'other'),
  ('{"project": "PGTAP/Other"}', 'other'),
  ('{"project": "pgtap/none"}', null),
  ('{"status": "in_progress"}', 'p1'),
  ('{"status": ["in_progress", "promoted"]}', 'p1'),
  ('{"status": "failed"}', null),
  ('{"environment": "staging"}', 'other'),
  ('{"mine": true}', 'other'),
  ('{"mine": false, "text": "P3"}', 'p3'),
  ('{"text": ""}', 'other, p6, p5, p4, p3, p2, p1'),
  ('{"text": "_"}', null),
  ('{"project": null, "status": null, "environment": "production", "text": "p2"}', 'p2')
) as f (filter, names);
select is(
  array[pg_temp.page('qa_tester', 'qa-1', '{"waiting": true}'),
    pg_temp.page('release_manager', 'rm-1', '{"waiting": true}')],
  array['p1', null], 'waiting: those that the inbox of the person names'
);
select throws_ok(
  format($$ select pg_temp.page('sre', 'sre-1', %L) $$, f.filter), '22023', null,
  'a filter cannot be ' || left(f.filter, 40)
)
from unnest(array[
  '{"colour": "red"}', '{"colour": null}', '{"status": "odd"}', '{"status": []}', '{"status": {"a": 1}}',
  '{"status": ["failed", 1]}', '{"mine": "yes"}', '{"waiting": 1}', '{"project": 1}', '{"text": ["a"]}',
  '{"environment": "moon"}', '{"environment": ["dev"]}', '[]', 'null', '"text"',
  '{"text": "' || (select string_agg(md5(n::text), '') from generate_series(1, 400) as n) || '"}'
]) as f (filter);

-- What is said of each.
select pg_temp.ready('told');
select is(
  array[pg_temp.row_of('told', 'eligible_for_staging'), pg_temp.row_of('told', 'eligible_for_production'),
    pg_temp.row_of('told', 'waits_at')],
  array['true', 'true', 'G4'], 'where it may go, and the gate at which it waits'
);
select is(
  (select string_agg(g ->> 'status', ' ' order by g ->> 'gate_code')
  from jsonb_array_elements(pg_temp.row_of('told', 'gates')::jsonb) as g),
  'passed passed passed pending', 'the status of each gate'
);
select is(
  pg_temp.row_of('told', 'waits_since')::timestamptz,
  (select g.resolved_at from ops.release_gates as g
  where g.gate_id = pg_temp.gate('told', 'G3')), 'since when it waits'
);
select pg_temp.deploy('told', 4, 'staging', 's1', 'failed');
select is(
  array[pg_temp.row_of('told', 'eligible_for_production'), pg_temp.row_of('told', 'waits_at')], array['false', 'G4'],
  'a failure in staging keeps it out of production'
);
select pg_temp.ready('objected');
select pg_temp.as_person('release_manager', 'rm-2', format(
  'with written as (
     insert into ops.approvals (release_id, approver_id, persona_role, decision, scope, rationale_structured)
     values (%L, ''rm-2'', ''release_manager'', ''rejected'', ''release'', ''{"ok": false}'')) select 1',
  pg_temp.release('objected')));
select is(
  array[pg_temp.row_of('objected', 'eligible_for_staging'), pg_temp.row_of('objected', 'waits_at')],
  array['false', null], 'an objection to the release as a whole keeps it out, at no gate'
);
select isnt(pg_temp.row_of('objected', 'waits_for'), null, 'and it is said');
select pg_temp.open('excepted');
select pg_temp.build('excepted', 1, 'pass');
-- A page is asked once before the exception, so that it lasts longer than the next one takes on a slow machine.
select set_config('pgtap.asked_at', clock_timestamp()::text, true);
select is(pg_temp.row_of('excepted', 'waits_at'), 'G2', 'before that it waits');
select pg_temp.except_for('excepted', 'gate_bypass', '{G2}', lasts => greatest(
  interval '400 milliseconds', 10 * (clock_timestamp() - current_setting('pgtap.asked_at')::timestamptz)));
select is(
  array[pg_temp.row_of('excepted', 'eligible_for_staging'), pg_temp.row_of('excepted', 'waits_at')],
  array['true', 'G3'], 'an exception lets it go on'
);
select pg_temp.wait_until((select max(x.expires_at) from ops.exceptions as x));
select is(
  array[pg_temp.row_of('excepted', 'eligible_for_staging'), pg_temp.row_of('excepted', 'waits_at')],
  array['false', 'G2'], 'until it ends, with time alone'
);
select ops.close_release(pg_temp.release('p2'), 'cancelled');
select is(
  array[pg_temp.row_of('p2', 'close_reason'), pg_temp.row_of('p2', 'waits_at'), pg_temp.row_of('p2', 'waits_for')],
  array['cancelled', null, null], 'a closed release waits for nothing'
);
select is(pg_temp.page('sre', 'sre-1', f.filter), f.names, 'a closed release is closed: filter ' || f.filter::text)
from (values
  ('{"status": "closed"}'::jsonb, 'p2'),
  ('{"status": ["closed", "failed"]}', 'p2'),
  ('{"status": ["draft", "in_progress"], "text": "p2"}', null),
  ('{"status": null, "text": "p2"}', 'p2')
) as f (filter, names);
select is(
  (select count(*) from ops.my_releases('{}', null, 200) as m
  where m.eligible_for_staging <> ops.is_eligible_for_promotion(m.release_id, 'staging')
    or m.eligible_for_production <> ops.is_eligible_for_promotion(m.release_id, 'production')
    or exists (
      select from ops.v_release_gate_summary as v
      where v.release_id = m.release_id and not m.gates @> jsonb_build_array(jsonb_build_object(
        'gate_code', v.gate_code, 'status', v.status, 'since', v.since)))),
  0::bigint, 'a page says what the functions and views say'
);

-- Who is no member is told nothing.
select pg_temp.revoke_from('qa-2');
select throws_ok(
  $$ select pg_temp.page('qa_tester', 'qa-2', '{}') $$, '42501', null, 'who was revoked has no releases'
);
select throws_ok(
  format($$ select pg_temp.page(%L, 'bot-1', '{}') $$, t.role), '42501', null,
  'nobody but people and the secret key may ask: ' || t.role
)
from unnest(array['ci_service_role', 'authenticated', 'anon']) as t (role);

select finish();
rollback;
