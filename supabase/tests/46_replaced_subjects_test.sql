-- A user who is deleted and created anew stays the same person, and their old subject gives nothing any more.
begin;
create extension if not exists pgtap with schema extensions;
select plan(53);

\ir helpers/functions.psql

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to('rm-1', 'qa_tester');
select pg_temp.grant_to('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'release_manager', 'upper-handle');
select pg_temp.ready('own');

-- Run a statement with a token of `who` in `role`. Returns what it gives, or the code of the refusal.
create function pg_temp.said_to(who text, role text, statement text) returns text
language plpgsql as $$
declare
  v_said text;
begin
  perform set_config(
    'request.jwt.claims', json_build_object('sub', who, 'role', role, 'session_id', 's-1')::text, true);
  perform set_config('role', role, true);
  execute statement into v_said;
  perform set_config('role', 'service_role', true);
  perform set_config('request.jwt.claims', '', true);
  return v_said;
exception when others then
  perform set_config('role', 'service_role', true);
  perform set_config('request.jwt.claims', '', true);
  return sqlstate;
end
$$;
create function pg_temp.approve(who text, gate text, persona text default 'release_manager') returns text
language sql as $$
  select pg_temp.said_to(who, persona, format(
    'insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)'
    ' values (%L, %L, %L, %L, ''approved'', ''gate'', ''{"why": "known"}'') returning approver_id',
    pg_temp.release('own'), pg_temp.gate('own', gate), who, persona))
$$;
create function pg_temp.hooked(who text) returns text
language plpgsql as $$
begin
  perform set_config('role', 'none', true);
  return ops.with_member_role(jsonb_build_object('user_id', who, 'claims', '{"role": "authenticated"}'::jsonb))
    #>> '{claims,role}';
end
$$;

-- Subjects compare without case.
select is(
  pg_temp.approve('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'G3'), 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
  'who is granted a role in another case than their token has approves directly, and is recorded as granted'
);
select is(pg_temp.approve('rm-2', 'G3'), 'rm-2', 'and so does who is granted it in the same case');
select is(
  pg_temp.said_to('SRE-1', 'sre', format(
    'insert into ops.deployments (release_id, environment, deployment_ref, deployed_by, source_ref, status)'
    ' values (%L, ''dev'', ''d-1'', ''SRE-1'', ''c'', ''in_progress'') returning deployed_by || created_by',
    pg_temp.release('own'))), 'sre-1sre-1', 'who deploys'
);
select is(
  pg_temp.said_to('SRE-1', 'sre', 'insert into ops.recovery_drills (environment, drill_type, outcome, executed_by)'
    ' values (''dev'', ''restore'', ''passed'', ''Sre-1'') returning executed_by'), 'sre-1', 'and who runs a drill'
);
select is(pg_temp.hooked('QA-1'), 'qa_tester', 'the hook compares without case');
set local role service_role;
-- And with ASCII letters alone: the Kelvin sign is no K, whatever the collation of the database folds.
select pg_temp.grant_to('k-1', 'release_manager', 'k-handle');
select is(
  array[pg_temp.approve(U&'\212A-1', 'G3'), pg_temp.hooked(U&'\212A-1')], array['42501', 'authenticated'],
  'a subject that is a name of a member only by such folding gives nothing'
);
set local role none;
select is(
  array(select (ops_private.member_named(n.name)).recorded_as
    from unnest(array['K-1', 'K-Handle', U&'\212A-1', U&'\212A-handle']) as n (name)),
  array['k-1', 'k-1', null, null], 'and names nobody'
);
select is(
  array(
    select distinct p.proname || ': ' || f.folds[1]
    from pg_catalog.pg_proc as p
    cross join lateral regexp_matches(p.prosrc, '\mlower\((?:[^()]|\([^()]*\))*\)', 'g') as f (folds)
    where p.pronamespace in ('ops'::regnamespace, 'ops_private'::regnamespace) and f.folds[1] !~ 'collate "C"'
      and f.folds[1] !~ 'sha256|seen|release_name|->> ''text''|v_code|\(value\)'
    union all
    select c.conname || '' from pg_catalog.pg_constraint as c
    where c.connamespace = 'ops'::regnamespace and pg_get_constraintdef(c.oid) ~ 'lower\('
      and pg_get_constraintdef(c.oid) !~ 'COLLATE "C"'
    union all
    select i.indexname || '' from pg_catalog.pg_indexes as i
    where i.schemaname = 'ops' and i.indexdef ~ 'lower\(' and i.indexdef !~ 'COLLATE "C"'
  ), '{}', 'nothing but hashes and texts that are searched is folded as the database does it'
);
set local role service_role;

-- What is refused changes nothing.
create function pg_temp.refused(
  handle text, subject text, by text default 'rm-1', why text default 'created anew'
) returns text
language plpgsql as $$
begin
  perform ops.replace_subject(handle, subject, by, why);
  return 'done';
exception when others then
  return sqlstate;
end
$$;
select pg_temp.grant_to('bot-2', 'ci_service_role', 'bot-handle');
select pg_temp.grant_to('left-1', 'developer', 'left-handle');
select pg_temp.revoke_from('left-1');
select is(
  pg_temp.refused(t.handle, t.subject, t.by, t.why), t.code, t.name)
from (values
  ('nobody', 'new-1', 'rm-1', 'why', 'OPS06', 'an unknown handle'),
  (null, 'new-1', 'rm-1', 'why', 'OPS06', 'no handle'),
  ('rm-handle', 'qa-1', 'rm-1', 'why', 'OPS15', 'the subject of another member'),
  ('rm-handle', 'LEFT-1', 'rm-1', 'why', 'OPS15', 'the subject of who left'),
  ('rm-handle', 'QA-Handle', 'rm-1', 'why', 'OPS15', 'the handle of another member'),
  ('rm-handle', 'RM-1', 'rm-1', 'why', 'OPS16', 'the subject that they have'),
  ('bot-handle', 'new-1', 'rm-1', 'why', 'OPS13', 'a bot'),
  ('rm-handle', 'RM-Handle', 'rm-1', 'why', '23514', 'the handle that they have'),
  ('rm-handle', '', 'rm-1', 'why', '23514', 'an empty subject'),
  ('', 'new-1', 'rm-1', 'why', '23514', 'an empty handle'),
  ('rm-handle', null, 'rm-1', 'why', '23514', 'no subject'),
  ('rm-handle', repeat('x', 256), 'rm-1', 'why', '23514', 'a subject that is too long'),
  ('rm-handle', 'new-1', null, 'why', '23514', 'nobody who wants it'),
  ('rm-handle', 'new-1', 'nobody', 'why', 'OPS06', 'a stranger who wants it'),
  ('rm-handle', 'new-1', 'rm-1', ' ', '23514', 'no reason')
) as t (handle, subject, by, why, code, name);
set local role none;
select throws_ok(
  $$ update ops.members set subject = 'new-1' where subject = 'rm-1' $$, 'OPS05', null,
  'nobody replaces a subject past the record'
);
create function pg_temp.record(who text, old_subject text, new_subject text) returns text
language plpgsql as $$
begin
  insert into ops.replaced_subjects (member_id, old_subject, new_subject, on_behalf_of, reason)
  select m.member_id, record.old_subject, record.new_subject, 'rm-1', 'why' from ops.members m where m.subject = who;
  return 'done';
exception when others then
  return sqlstate;
end
$$;
select is(pg_temp.record(t.who, t.old, t.new), t.code, 'the record takes ' || t.name)
from (values
  ('rm-1', 'rm-2', 'new-1', 'OPS05', 'no subject of somebody else'),
  ('rm-1', 'RM-1', 'new-1', 'OPS05', 'no other spelling'),
  ('bot-1', 'bot-1', 'new-1', 'OPS05', 'no bot'),
  ('rm-1', 'rm-1', 'qa-handle', 'OPS15', 'no name of another member'),
  ('rm-1', 'rm-1', 'rm-handle', '23514', 'no handle'),
  ('qa-2', 'qa-2', 'qa-2-anew', 'done', 'what may be')
) as t (who, old, new, code, name);
select is(
  (
    select m.subject from ops.members as m
    where m.recorded_as = 'qa-2'
  ), 'qa-2-anew', 'and the member has the subject that the record says'
);
set local role service_role;

-- rm-1 opened nothing; dev-1 initiated the release. Both are created anew, and dev-1 manages releases too.
select pg_temp.grant_to('dev-1', 'release_manager');
select is(
  ops.replace_subject('RM-Handle', 'rm-1-anew', 'rm-2', 'created anew'),
  (
    select m.member_id from ops.members as m
    where m.handle = 'rm-handle'
  ), 'the member stays the same'
);
select ops.replace_subject('dev-handle', 'dev-1-anew', 'rm-2', 'created anew');
select is(pg_temp.refused('rm-handle', 'RM-1'), 'OPS15', 'a replaced subject does not come back');
select is(
  array[pg_temp.approve('rm-1', 'G3'), pg_temp.said_to('rm-1', 'release_manager', 'select count(*) from ops.releases'),
    pg_temp.said_to('Rm-1', 'qa_tester', 'select count(*) from ops.my_memberships()'),
    pg_temp.said_to('rm-1', 'service_role',
      'insert into ops.environment_events (environment, event_type, source_system, idempotency_key)'
      ' values (''dev'', ''x'', ''agent'', ''direct/1'') returning created_by'),
    pg_temp.hooked('rm-1')],
  array['42501', '0', '42501', '42501', 'authenticated'], 'tokens of the old subject give nothing'
);
set local role service_role;
select is(pg_temp.hooked('RM-1-Anew'), 'qa_tester', 'those of the new one have the roles of the member');
set local role service_role;
select is(pg_temp.approve('rm-1-anew', 'G3'), 'rm-1', 'what they record is recorded as before');
select ops.replace_subject('rm-1-anew', 'rm-1-again', 'rm-2', 'created anew once more');
select is(
  array[pg_temp.approve('rm-1-anew', 'G3'), pg_temp.approve('rm-1-again', 'G3')], array['42501', 'rm-1'],
  'a subject is replaced as often as it has to be, also by the present one'
);
-- Separation of duties goes on: who began the release approves nothing of it, and who signed G2 does not sign G3.
select pg_temp.approve('dev-1-anew', 'G3');
set local role none;
select is(
  (
    select string_agg(ops_private.why_uncounted(d, r.initiating_actor, null, null, null, null), ',')
    from ops.releases as r
    cross join lateral ops_private.standing_decisions(r.release_id, pg_temp.gate('own', 'G3'), clock_timestamp()) as d
    where r.release_id = pg_temp.release('own')
  ), 'initiator', 'an approval by whoever began the release under the old subject does not count'
);
set local role service_role;
select is(
  (
    select string_agg(o.old_subject || ' ' || o.new_subject || ' ' || o.on_behalf_of, ', ' order by o.replacement_id)
    from ops.replaced_subjects as o
  ), 'qa-2 qa-2-anew rm-1, rm-1 rm-1-anew rm-2, dev-1 dev-1-anew rm-2, rm-1-anew rm-1-again rm-2',
  'who held which subject stays on record'
);
select throws_ok(
  $$ select pg_temp.grant_to('rm-1', 'sre') $$, 'OPS15', null, 'nobody is granted anything by a replaced subject'
);
select throws_ok(
  $$ select pg_temp.grant_to('new-1', 'sre', 'rm-handle') $$, 'OPS15', null, 'a used handle is passed on by no grant'
);
select throws_ok(
  format('select pg_temp.grant_to(%L, ''sre'', %L)', t.who, t.handle), '23514', null, t.name
)
from (values ('new-1', 'New-1', 'the handle of a new member is not their subject'),
  ('sre-1', 'SRE-1', 'nor is that of a known one')) as t (who, handle, name);

-- Whoever was granted a role by mistake under the new subject: what the refusals say leads to an end.
select pg_temp.grant_to('lost-1', 'developer', 'lost-handle');
select pg_temp.grant_to('lost-2', 'developer');
select is(pg_temp.refused('lost-handle', 'lost-2'), 'OPS15', 'another member''s subject is given to nobody');
select pg_temp.revoke_from('lost-2');
select is(pg_temp.refused('lost-handle', 'lost-2'), 'OPS15', 'also when that one holds nothing any more');
select is(pg_temp.refused('lost-handle', 'lost-3'), 'done', 'the id of the user who is created once more is');

-- Somebody without a role: nothing is granted by it, and the old subject, which may have leaked, stays without any.
select ops.replace_subject('left-handle', 'left-1-anew', 'rm-2', 'created anew');
select is(
  array[pg_temp.said_to('left-1', 'developer', 'select count(*) from ops.my_memberships()'),
    pg_temp.said_to('left-1-anew', 'developer', 'select count(*) from ops.my_memberships()')],
  array['42501', '42501'], 'who holds no role gets another subject, and no role by it'
);
select is(pg_temp.refused('left-handle', 'left-1'), 'OPS15', 'and their old subject does not come back');
select pg_temp.grant_to('left-1-anew', 'developer');
select is(
  array[pg_temp.said_to('left-1', 'developer', 'select count(*) from ops.my_memberships()'),
    pg_temp.said_to('left-1-anew', 'developer', 'select count(*) from ops.my_memberships()')],
  array['42501', '1'], 'a grant afterwards is for the new one alone'
);

-- Each name of a member says who is meant: the subject, one that was replaced, the one that records know, the handle.
-- So an objection in their name is theirs under each of them.
set local role none;
select is(
  array(select (ops_private.member_named(n.name)).recorded_as
    from unnest(array[' RM-1-Again', 'Rm-1', 'RM-Handle ', 'rm-1-anew', 'nobody', null]) as n (name)),
  array['rm-1', 'rm-1', 'rm-1', 'rm-1', null, null], 'a member is found by each of their names, and by no other'
);
set local role service_role;
select ops.replace_subject(n.name, 'rm-by-' || n.place, 'rm-2', 'created anew')
from unnest(array['rm-1-again', 'rm-1', 'rm-handle']) with ordinality as n (name, place);
select is(
  (
    select m.subject from ops.members as m
    where m.handle = 'rm-handle'
  ), 'rm-by-3', 'by each of them the subject is replaced'
);
select is(
  array(
    select ops.revoke_membership(n.name, n.role, null, 'rm-2', 'moved') #>> '{revoked,0,role}'
    from (values ('RM-Handle', 'qa_tester'), ('rm-1', 'release_manager'), ('dev-1-anew', 'developer')) as n (name, role)
  ), array['qa_tester', 'release_manager', 'developer'], 'and a membership ended'
);
select ops.grant_membership('twice', h.role, null, h.handle, 'rm-2', 'handles change')
from (values ('qa_tester', 'octo'), ('developer', 'octo-2')) as h (role, handle);
set local role none;
select is(
  array(select (ops_private.member_named(n.name)).subject from unnest(array['Octo', 'octo-2', 'octo-3']) as n (name)),
  array['twice', 'twice', null], 'a handle that a member had still says who is meant'
);
set local role service_role;

select finish();
rollback;
