begin;
create extension if not exists pgtap with schema extensions;
select plan(68);

\ir helpers/functions.psql

create function pg_temp.claim_eligible() returns boolean
language sql as $$
  insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, was_eligible)
  values (pg_temp.release('new'), 'production', 'p3', 'sha-1', 'succeeded', true)
  returning was_eligible
$$;

set local role service_role;
\ir helpers/members.psql

-- A gate's status can only be written as the facts say, by any role.
select pg_temp.ready('ready');
select pg_temp.open('new');
select throws_ok(
  format(
    'insert into ops.release_gates (release_id, gate_code, %s) values (%L, ''G1'', %s)',
    t.name, pg_temp.release('new'), t.content
  ), 'OPS01', null, format('a gate cannot be inserted with %s', t.name)
)
from (
  values
  ('status', '''passed'''), ('status', '''in_progress'''), ('entered_at', 'now()'), ('resolved_at', 'now()'),
  ('resolved_by', '''forger'''), ('exception_id', 'gen_random_uuid()')
) as t (name, content);
select throws_ok(
  format('update ops.release_gates set status = %L where gate_id = %L', t.status, pg_temp.gate('new', 'G1')),
  'OPS01', null, format('a pending gate cannot be marked %s', t.status)
)
from unnest(array['in_progress', 'passed', 'failed', 'bypassed']) as t (status);
select throws_ok(
  format('update ops.release_gates set status = %L where gate_id = %L', t.status, pg_temp.gate('ready', 'G1')),
  'OPS01', null, format('a passed gate cannot be marked %s', t.status)
)
from unnest(array['pending', 'in_progress', 'failed', 'bypassed']) as t (status);
select throws_ok(
  format('update ops.release_gates set %s where gate_id = %L', t.change, pg_temp.gate('ready', 'G1')),
  'OPS01', null, format('a passed gate cannot be changed: set %s', t.change)
)
from unnest(array[
  'entered_at = now()', 'resolved_at = now()', 'resolved_by = ''forger''', 'resolved_at = null, resolved_by = null',
  'exception_id = gen_random_uuid()', 'status = ''passed'', resolved_by = ''forger'''
]) as t (change);
select lives_ok(
  $$ update ops.release_gates set status = 'passed' where gate_id = pg_temp.gate('ready', 'G1') $$,
  'an update that leaves the status alone is not refused'
);
select throws_ok(
  $$ insert into ops.release_gates (release_id, gate_code, status) values (pg_temp.release('new'), 'G1', 'passed')
     on conflict (release_id, gate_code) do update set status = excluded.status $$,
  'OPS01', null, 'an upsert cannot mark a gate passed'
);

-- A stored status that is out of date may be set to the present verdict only.
select pg_temp.open('stale');
select pg_temp.build('stale', 1, 'fail');
select pg_temp.except_for('stale', 'gate_bypass', '{G1}', lasts => '200 milliseconds');
select is(pg_temp.stored('stale', 'G1'), 'bypassed', 'an active exception bypassed the gate');
select pg_temp.wait_until(x.expires_at)
from ops.exceptions as x
where x.release_id = pg_temp.release('stale');
select lives_ok(
  $$ update ops.release_gates set status = 'bypassed' where gate_id = pg_temp.gate('stale', 'G1') $$,
  'an update that leaves a stale status alone is not refused'
);
select throws_ok(
  $$ update ops.release_gates set status = 'passed' where gate_id = pg_temp.gate('stale', 'G1') $$,
  'OPS01', null, 'a gate with a stale status cannot be marked other than its verdict'
);
select lives_ok(
  $$ update ops.release_gates set status = 'failed' where gate_id = pg_temp.gate('stale', 'G1') $$,
  'a gate with a stale status can be marked as its verdict'
);
select results_eq(
  $$ select status::text, exception_id, resolved_by, resolved_at between now() and clock_timestamp()
     from ops.release_gates where gate_id = pg_temp.gate('stale', 'G1') $$,
  $$ values ('failed', null::uuid, 'service_role', true) $$,
  'the server sets exception_id, resolved_by and resolved_at of that gate'
);

-- A release's status follows its deployments.
select throws_ok(
  format(
    'insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor, status)
     values (''pgtap/project'', ''forged'', ''staging'', ''sha-1'', ''dev-1'', %L)', t.status
  ), 'OPS02', null, format('a release cannot be inserted as %s', t.status)
)
from unnest(array['in_progress', 'promoted', 'rolled_back', 'failed']) as t (status);
select throws_ok(
  format(
    'insert into ops.releases (project, release_name, environment_target, source_ref, initiating_actor, %s)
     values (''pgtap/project'', ''forged'', ''staging'', ''sha-1'', ''dev-1'', %L)', t.field, t.value
  ), 'OPS02', null, format('a release cannot be inserted with %s %s', t.field, t.value)
)
from (values ('cleared_for', 'production'), ('excepted', 'true')) as t (field, value);
select throws_ok(
  format('update ops.releases set status = %L where release_id = %L', t.status, pg_temp.release('ready')),
  'OPS02', null, format('a release in progress cannot be marked %s', t.status)
)
from unnest(array['draft', 'promoted', 'rolled_back', 'failed']) as t (status);
select throws_ok(
  $$ update ops.releases set status = 'in_progress' where release_id = pg_temp.release('new') $$,
  'OPS02', null, 'a draft cannot be marked in_progress'
);
select lives_ok(
  $$ update ops.releases set status = 'in_progress' where release_id = pg_temp.release('ready') $$,
  'a status that is true may be written'
);
select throws_ok(
  format('update ops.releases set %s where release_id = pg_temp.release(''new'')', c.change),
  'OPS02', null, format('a draft cannot be given %s', c.change)
)
from unnest(array['cleared_for = ''staging''', 'cleared_for = ''production''', 'excepted = true']) as c (change);

-- The server sets a deployment's health and eligibility.
select throws_ok(
  format(
    'insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, %s)
     values (%L, ''production'', ''p1'', ''sha-1'', ''succeeded'', %s)', t.names, pg_temp.release('new'), t.content
  ), 'OPS02', null, format('a deployment cannot be inserted with %s', t.names)
)
from (
  values
  ('g4_status', '''passed'''), ('g4_status', '''failed'''), ('g4_resolved_at', 'now()'),
  ('g4_status, g4_resolved_at', '''passed'', now()'), ('was_eligible, blockers_at_deploy', 'true, ''[]''')
) as t (names, content);
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
values (pg_temp.release('new'), 'production', 'p1', 'sha-1', 'succeeded');
insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status)
values (pg_temp.release('new'), 'production', 'p2', 'sha-1', 'failed');
select results_eq(
  $$ select d.deployment_ref::text collate "default", d.g4_status::text, d.g4_resolved_at is not null, d.was_eligible
     from ops.deployments d where d.release_id = pg_temp.release('new') order by 1 $$,
  $$ values ('p1', 'pending', false, false), ('p2', 'failed', true, null) $$,
  'the server sets the health and eligibility that an insert leaves out'
);
select throws_ok(
  format(
    'update ops.deployments set %s where release_id = %L and deployment_ref = ''p1''', t.change, pg_temp.release('new')
  ), 'OPS02', null, format('a deployment cannot be given: %s', t.change)
)
from unnest(array[
  'g4_status = ''passed''', 'g4_status = ''failed''', 'g4_resolved_at = now()',
  'g4_status = ''passed'', g4_resolved_at = now()', 'status = ''failed'', g4_status = ''passed'''
]) as t (change);
select throws_ok(
  $$ update ops.deployments set was_eligible = true, blockers_at_deploy = '[]' $$, 'OPS05', null,
  'was_eligible of a deployment cannot be changed'
);
select throws_ok(
  $$ insert into ops.deployments (
       release_id, environment, deployment_ref, source_ref, status, rollback_of, was_eligible, blockers_at_deploy)
     select u.release_id, u.environment, 'r1', 'sha-1', 'in_progress', u.deployment_id, true, '[]'
     from pg_temp.deployment('new', 'p1') u $$,
  'OPS02', null, 'a rollback cannot be inserted with was_eligible'
);
select lives_ok(
  $$ update ops.deployments set g4_status = 'pending', status = 'succeeded'
     where release_id = pg_temp.release('new') and deployment_ref = 'p1' $$,
  'an update that leaves a deployment''s health alone is not refused'
);
select throws_ok(
  'select pg_temp.claim_eligible()', 'OPS02', null, 'a deployment cannot be inserted with was_eligible alone'
);
select isnt(pg_temp.released('new'), 'promoted', 'no refused statement promoted the release');

-- The same holds for the owner of the tables.
set local role none;
select throws_ok(
  $$ update ops.release_gates set status = 'passed' where gate_id = pg_temp.gate('new', 'G1') $$,
  'OPS01', null, 'the owner cannot mark a gate passed'
);
select throws_ok(
  $$ update ops.releases set status = 'promoted' where release_id = pg_temp.release('new') $$,
  'OPS02', null, 'the owner cannot promote a release'
);
select throws_ok(
  format('update ops.releases set %s where release_id = pg_temp.release(''new'')', c.change),
  'OPS02', null, format('the owner cannot give a draft %s', c.change)
)
from unnest(array['cleared_for = ''production''', 'excepted = true']) as c (change);
create function pg_temp.fail_by_hand(name text) returns void
language plpgsql as $$
declare
  v_before text;
  v_after text;
begin
  select r.cleared_for into v_before from ops.releases r where r.release_id = pg_temp.release(fail_by_hand.name);
  insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
  values (pg_temp.release(fail_by_hand.name), pg_temp.gate(fail_by_hand.name, 'G1'), 'build', 'manual', 'fail');
  select r.cleared_for into v_after from ops.releases r where r.release_id = pg_temp.release(fail_by_hand.name);
  raise exception using errcode = 'ZZ001', message = format('%s, then %s', v_before, v_after);
end
$$;
select throws_ok(
  $$ select pg_temp.fail_by_hand('ready') $$, 'ZZ001', 'production, then dev',
  'a failed check that the owner records changes what the release is cleared for'
);
select throws_ok(
  $$ update ops.deployments set g4_status = 'passed' where deployment_ref = 'p1' $$,
  'OPS02', null, 'the owner cannot make a deployment healthy'
);

-- A write from a trigger on a caller's own table is refused too.
create temp table own_table (companions boolean);
grant insert on own_table to service_role;
create function pg_temp.mark_gate_passed() returns trigger
language plpgsql as $$
begin
  if new.companions then
    update ops.release_gates g set status = 'passed', resolved_at = now(), resolved_by = 'forger', entered_at = now()
    where g.gate_id = pg_temp.gate('new', 'G1');
  else
    update ops.release_gates g set status = 'passed' where g.gate_id = pg_temp.gate('new', 'G1');
  end if;
  return null;
end
$$;
create trigger mark_gate_passed after insert on own_table for each row execute function pg_temp.mark_gate_passed();
select throws_ok(
  $$ insert into own_table values (false) $$, 'OPS01', null, 'the owner cannot mark a gate passed from within a trigger'
);
set local role service_role;
select throws_ok(
  $$ insert into own_table values (false) $$, 'OPS01', null,
  'the service role cannot mark a gate passed from within a trigger'
);
select throws_ok(
  $$ insert into own_table values (true) $$, 'OPS01', null,
  'the service role cannot set status, resolved_at and resolved_by from within a trigger'
);
select is(pg_temp.stored('new', 'G1'), 'pending', 'the gate is still pending after the refused triggers');

select finish();
rollback;
