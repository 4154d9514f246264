begin;
create extension if not exists pgtap with schema extensions;
select plan(29);

\ir helpers/functions.psql

set local role service_role;
\ir helpers/members.psql

select pg_temp.ready('live');
select pg_temp.deploy('live', 100, 'production', 'p1', 'succeeded');

-- Incidents. Their timeline only grows.
select pg_temp.as_person('sre', 'sre-1', format(
  'insert into ops.incidents (deployment_id, severity, timeline)
   values (%L, ''sev2'', ''["noticed", {"who": "sre-1"}]'')
   returning 1', (pg_temp.deployment('live', 'p1')).deployment_id
));
create function pg_temp.change(who text, change text) returns text
language sql as $$
  select pg_temp.as_person(case who when 'service_role' then who else 'sre' end, who, format(
    'with written as (update ops.incidents set %s returning 1) select count(*) from written', change))
$$;
create function pg_temp.timeline() returns jsonb
language sql stable as $$
  select i.timeline from ops.incidents i
$$;
select is(
  pg_temp.change('sre-1', 'timeline = timeline || ''["second"]'''), '1',
  'an entry can be added at the end of a timeline'
);
select is(pg_temp.timeline(), '["noticed", {"who": "sre-1"}, "second"]', 'and it stands there');
select throws_ok(
  format('select pg_temp.change(%L, %L)', t.who, t.change), 'OPS05', null,
  format('%s: a timeline keeps its entries: %s', t.who, t.change)
)
from (
  values
  ('sre-1', 'timeline = ''[]'''),
  ('sre-1', 'timeline = timeline - 2'),
  ('sre-1', 'timeline = timeline - 0 || ''["noticed"]'''),
  ('sre-1', 'timeline = ''["first"]'' || timeline'),
  ('sre-1', 'timeline = jsonb_set(timeline, ''{1,who}'', ''"sre-2"'') || ''["more"]'''),
  ('service_role', 'timeline = ''[]''')
) as t (who, change);
set local role none;
select throws_ok(
  $$ update ops.incidents set timeline = '["noticed", "second"]' $$, 'OPS05', null,
  'owner: a timeline keeps its entries'
);
set local role service_role;

-- A change of severity, end or cause is an entry of the server.
select is(
  pg_temp.change('sre-1', 'severity = ''sev1'', timeline = timeline || ''["third"]'''), '1', 'the severity can change'
);
select is(
  (pg_temp.timeline() -> 4) - 'recorded_at',
  '{"recorded_by": "sre-1", "recorded_role": "sre", "column": "severity", "old": "sev2", "new": "sev1"}',
  'the timeline says who changed it, from what and to what'
);
select ok(
  (pg_temp.timeline() -> 4 ->> 'recorded_at')::timestamptz between now() and clock_timestamp(), 'and when'
);
select pg_temp.change('service_role', 'resolved_at = clock_timestamp(), root_cause = ''a full disk''');
select is(
  array(
    select concat_ws(' ', e.value ->> 'recorded_by', e.value ->> 'column', (e.value -> 'old')::text, e.value ? 'new')
    from jsonb_array_elements(pg_temp.timeline()) with ordinality as e
    where e.ordinality > 5
    order by e.ordinality
  ), array['service_role resolved_at null t', 'service_role root_cause null t'],
  'the end and the cause are entries too, whoever writes'
);
set local role none;
update ops.incidents set severity = 'sev3';
select is(
  pg_temp.timeline() -> -1 ->> 'recorded_by', session_user::text, 'a change by the owner is an entry of the owner'
);
set local role service_role;
select is(pg_temp.change('sre-1', 'postmortem_status = ''complete'''), '1', 'the review of an incident proceeds');
select is(jsonb_array_length(pg_temp.timeline()), 8, 'without an entry');
select throws_ok(
  format('select pg_temp.change(%L, %L)', 'sre-1', t.change), '23514', null,
  format('an entry of the server cannot be forged: %s', t.change)
)
from unnest(array[
  'timeline = timeline || ''{"recorded_by": "sre-2", "column": "severity"}''',
  'timeline = timeline || ''[{"recorded_by": "sre-2"}]''',
  'severity = ''sev1'', timeline = timeline || ''{"recorded_by": null}''',
  'timeline = timeline || ''{"recorded_at": "2026-01-01T00:00:00Z", "column": "severity"}''',
  'timeline = timeline || ''{"recorded_role": "sre"}'''
]) as t (change);
select throws_ok(
  $$ insert into ops.incidents (deployment_id, severity, timeline)
     values ((pg_temp.deployment('live', 'p1')).deployment_id, 'sev2', '[{"recorded_by": "sre-2"}]') $$,
  '23514', null, 'nor in a new incident'
);
select throws_ok(
  $$ select pg_temp.change('sre-1', 'timeline = ''{"a": 1}''') $$, '23514', null, 'a timeline stays an array'
);

-- Drills.
select pg_temp.as_person('sre', 'sre-1', 'insert into ops.recovery_drills (environment, drill_type, outcome)
  values (''staging'', ''restore'', ''partial'') returning 1');
select throws_ok(
  format('select pg_temp.as_person(%L, %L, %L)', t.role, t.subject,
    'with w as (update ops.recovery_drills set outcome = ''passed'' returning 1) select 1 from w'),
  '42501', null, format('a %s cannot change a drill', t.role)
)
from (values ('sre', 'sre-1'), ('release_manager', 'rm-1'), ('service_role', 'service_role')) as t (role, subject);
set local role none;
select throws_ok(
  $$ update ops.recovery_drills set outcome = 'passed' where false $$, '42501', null, 'nor can the owner'
);
set local role service_role;
select is(
  array(select d.outcome::text from ops.recovery_drills as d), '{partial}', 'a drill stays as it was recorded'
);
select lives_ok(
  $$ insert into ops.recovery_drills (environment, drill_type, outcome) values ('staging', 'restore', 'passed') $$,
  'another drill corrects it'
);

select finish();
rollback;
