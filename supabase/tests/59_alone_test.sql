begin;
create extension if not exists pgtap with schema extensions;
select plan(32);

\ir helpers/functions.psql

-- Open an exception as the release manager `who`, with their own token. Returns whether it is marked, or the code.
create function pg_temp.excepted(name text, gates text, who text default 'rm-1', type text default 'gate_bypass')
returns text
language plpgsql as $$
begin
  return pg_temp.as_person('release_manager', who, format(
    'insert into ops.exceptions (
       release_id, exception_type, impacted_gates, reason, risk_statement, approver_id, expires_at, alone
     ) values (%L, %L, %L, ''hotfix'', ''unknown'', %L, now() + interval ''1 hour'', %L) returning alone',
    pg_temp.release(name), type, gates, who, who <> 'rm-1'));
exception when others then
  return sqlstate;
end
$$;
-- Dismiss the newest contested report of a release. Returns whether it is marked, or the code.
create function pg_temp.dismissed(name text, who text default 'rm-1') returns text
language plpgsql as $$
begin
  perform pg_temp.as_person('release_manager', who, 'select ops.dismiss(%L, ''nobody else is there'')', (
    select c.contested_id::text from ops.contested_reports c
    where c.release_id = pg_temp.release(name) order by c.created_at desc limit 1));
  return (select d.alone from ops.dismissals d
    where d.release_id = pg_temp.release(name) order by d.created_at desc limit 1)::text;
exception when others then
  return sqlstate;
end
$$;
create function pg_temp.contest(name text) returns text
language sql as $$
  select pg_temp.answered(pg_temp.event('build_complete', name, 120, '{"status": "fail", "check_name": "lint"}') || '{"schema_version": "v9.9"}')
$$;
create function pg_temp.solo(name text) returns void
language sql as $$
  select pg_temp.open(name, initiator => 'rm-1');
  select pg_temp.build(name, 1, 'fail');
$$;
-- Add a row to what a gate needs, for the project of these tests.
create function pg_temp.let_alone(code text, project text default 'pgtap/project') returns void
language sql as $$
  select ops.set_gate_policy(code, (
    select jsonb_agg(jsonb_build_object('kind', q.kind, 'subject', q.subject, 'enforcement', q.enforcement))
    from ops.gate_requirements q where q.gate_code::text = code and q.project is null and q.valid_to is null
  ) || '[{"kind": "alone"}]', project, 'rm-1', 'one person')
$$;
create function pg_temp.alone_of(name text, part text) returns text
language sql as $$
  select jsonb_path_query_first(ops.release_overview(pg_temp.release(name)), ('$.' || part || '[*].alone')::jsonpath)::text
$$;

set local role service_role;
\ir helpers/members.psql

-- What policy can say.
select throws_ok(
  $$select ops.set_gate_policy('G1', '[{"kind": "check", "subject": "build"},
    {"kind": "alone", "enforcement": "advisory"}]', 'pgtap/project', 'rm-1', 'why')$$,
  'OPS10', null, 'it lets or not: it advises nothing'
);
select throws_ok(
  $$select ops.set_gate_policy('G1', '[{"kind": "alone"}]', 'pgtap/project', 'rm-1', 'why')$$, 'OPS10', null,
  'a gate that needs nothing else has no blocking requirement'
);
select pg_temp.solo('before');
select pg_temp.let_alone(c.code) from unnest(array['G1', 'G2', 'G3']) as c (code);
select pg_temp.solo('three gates');
select pg_temp.let_alone('G4');
select pg_temp.solo(t.name)
from unnest(array['two', 'soon', 'alone', 'dismissing', 'both', 'other way', 'later']) as t (name);
select is(pg_temp.contest(t.name), 'rejected unsupported_schema_version', t.name || ' has a stop')
from unnest(array['two', 'three gates', 'dismissing', 'both', 'other way']) as t (name);

-- With two managers nothing of it holds, nor soon after one of them was revoked.
select is(pg_temp.excepted('two', '{G1}'), 'OPS07', 'with another manager the initiator approves no exception');
select is(pg_temp.dismissed('two'), 'OPS11', 'nor do they dismiss');
select ops.revoke_membership('rm-2', null, null, 'rm-1', 'left');
select is(pg_temp.excepted('soon', '{G1}'), 'OPS07', 'nor soon after the other one was revoked');
select is(pg_temp.dismissed('two'), 'OPS11', 'nor do they dismiss then');
set local role none;
select is(ops_private.alone_after(), interval '24 hours', 'it takes 24 hours');
create or replace function ops_private.alone_after() returns interval
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '0';
end
$$;
set local role service_role;

-- Only where policy says so, and only by their own token.
select is(pg_temp.excepted('before', '{G1}'), 'OPS07', 'not for a release that was opened under another policy');
select is(pg_temp.excepted('three gates', '{G1,G4}'), 'OPS07', 'not where one of the gates lacks it');
select is(pg_temp.dismissed('three gates'), 'OPS11', 'nor do they dismiss, which may change every gate');
select throws_ok(
  $$select pg_temp.except_for('alone', 'gate_bypass', '{G1}')$$, 'OPS07', null, 'an agent that names them is not them'
);
select is(pg_temp.excepted('alone', '{G1}', 'rm-2'), '42501', 'who was revoked is no manager');
select is(pg_temp.excepted('alone', '{G1}'), 'true', 'the only manager approves an exception of what they initiated');
select is(pg_temp.stored('alone', 'G1'), 'bypassed', 'and it has an effect');
select is(
  (
    select x.alone from ops.v_exception_status as x
    where x.release_id = pg_temp.release('alone')
  ), true,
  'the view shows it'
);
select is(pg_temp.alone_of('alone', 'exceptions'), 'true', 'so does the overview');
select is(pg_temp.dismissed('dismissing'), 'true', 'they dismiss what stops it');
select is(pg_temp.alone_of('dismissing', 'dismissals'), 'true', 'which the overview shows');
select is(pg_temp.excepted('both', '{G1}') || pg_temp.dismissed('both'), 'truetrue', 'they do both');
select is(pg_temp.stored('both', 'G1'), 'bypassed', 'a dismissal takes no effect from an exception before it');
select is(pg_temp.dismissed('other way') || pg_temp.excepted('other way', '{G1}'), 'truetrue', 'in either order');
select is(pg_temp.stored('other way', 'G1'), 'bypassed', 'nor from one after it');
select pg_temp.mark('alone');

-- What was done stays, and nothing more can be done.
select pg_temp.grant_to('rm-3', 'release_manager');
select is(pg_temp.excepted('later', '{G1}'), 'OPS07', 'with a second manager it ends');
select ops.evaluate_gate(pg_temp.gate('alone', 'G1'));
select is(pg_temp.stored('alone', 'G1'), 'bypassed', 'what was done so stays');
select is(
  ops.gate_status_at(pg_temp.gate('alone', 'G1'), pg_temp.at('alone')), 'bypassed', 'and replay says the same'
);
select is(
  pg_temp.excepted('later', '{G1}', 'rm-3'), 'false', 'the other one approves it; what they claim is not believed'
);
-- Of other rows: an exception that needed them would not have been there.
select is((
  select c.proposed_gate_statuses[1]::text
  from unnest((ops.policy_impact('G1', '[{"kind": "check", "subject": "build"}]', 'pgtap/project')).changed) as c
  where c.release_name = 'alone'
), 'failed', 'under a policy without it the exception has no effect');

select finish();
rollback;
