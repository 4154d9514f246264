begin;
create extension if not exists pgtap with schema extensions;
select plan(67);

\ir helpers/functions.psql

-- What a statement comes to as somebody: its one value, or the SQLSTATE.
create function pg_temp.tried(role text, who text, statement text) returns text
language plpgsql as $$
begin
  return pg_temp.as_person(role, who, statement);
exception when others then
  perform set_config('role', 'service_role', true);
  perform set_config('request.jwt.claims', '', true);
  return sqlstate;
end
$$;
-- Propose as a release manager. Returns the hash, or the SQLSTATE.
create function pg_temp.propose(
  who text, project text, gate text, requirements jsonb, dropped jsonb default '[]', why text default 'a reason'
) returns text
language sql as $$
  select pg_temp.tried('release_manager', who, format(
    'select ops.propose_gate_policy(%L, %L, %L, %L, %L) ->> ''hash''', project, gate, requirements, why, dropped))
$$;
-- Confirm as a release manager. Returns alone or by two, or the SQLSTATE.
create function pg_temp.confirm(who text, hash text, role text default 'release_manager') returns text
language sql as $$
  select pg_temp.tried(role, who, format(
    'select case when (ops.confirm_gate_policy(%L) ->> ''alone'')::boolean then ''alone'' else ''by two'' end', hash))
$$;
create function pg_temp.state(hash text) returns text
language sql as $$ select v.state::text from ops.v_policy_changes v where v.hash = state.hash $$;
-- What a gate needs now: the project's own rows, else the defaults.
create function pg_temp.needs(name text, gate text) returns text[]
language sql as $$
  select array_agg(concat_ws(' ', q.kind, q.subject) order by q.kind, q.subject)
  from ops.gate_requirements q
  where q.gate_code::text = gate and q.valid_to is null and q.project is not distinct from (
    select o.project from ops.gate_requirements o
    where o.gate_code::text = gate and o.valid_to is null and o.project = name limit 1)
$$;
-- Let time pass: what was recorded is so much older.
create function pg_temp.later(much interval) returns void
language plpgsql security definer as $$
begin
  alter table ops.policy_changes disable trigger user;
  update ops.policy_changes set created_at = created_at - much, confirmed_at = confirmed_at - much;
  alter table ops.policy_changes enable trigger user;
  alter table ops.policy_changes enable always trigger _000_refuse_delete;
  alter table ops.policy_changes enable always trigger _310_confirm_policy_change;
  alter table ops.memberships disable trigger user;
  update ops.memberships set created_at = created_at - much;
  alter table ops.memberships enable trigger user;
  alter table ops.memberships enable always trigger _000_refuse_change;
  alter table ops.gate_requirements disable trigger user;
  update ops.gate_requirements set valid_from = valid_from - much, valid_to = valid_to - much;
  alter table ops.gate_requirements enable trigger user;
  alter table ops.gate_requirements enable always trigger _000_refuse_delete;
  alter table ops.gate_requirements enable always trigger _110_lock_policy;
  alter table ops.gate_requirements enable always trigger _300_close_requirement;
end
$$;
create function pg_temp.member(who text, role text, project text) returns void
language sql as $$ select ops.grant_membership(who, role, project, null, 'rm-1', 'a test') $$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.member(m.who, 'release_manager', m.project) from (values
  ('rm-p', 'pgtap/project'), ('rm-q', 'pgtap/project'), ('rm-other', 'pgtap/other')) as m (who, project);


-- Two people. The defaults of G1 are a check, no_failed_checks, and evidence that is only advised.
select pg_temp.open('before');
create temporary table hash as
select pg_temp.propose('rm-p', 'PGTAP/Project', 'G1', '[{"kind": "no_failed_checks"}, {"kind": "check",
  "subject": "build"}, {"kind": "check", "subject": "scan"}]') as scan;
select matches((select h.scan from hash as h), '^[0-9a-f]{64}$', 'a proposal has a hash');
select results_eq(
  $$ select v.project, v.gate_code::text, v.state::text, v.asked_by::text collate "default", v.reason::text,
       v.created_role, v.confirmed_by,
       v.alone, v.in_force_from, v.lapses_at - v.created_at, v.dropped,
       jsonb_path_query_array(v.requirements, '$[*].subject')
     from ops.v_policy_changes v where v.hash = (select h.scan from hash as h) $$,
  $$ values ('pgtap/project', 'G1', 'open', 'rm-p', 'a reason', 'release_manager', null::text, null::boolean,
       null::timestamptz, interval '7 days', '[]'::jsonb, '["build", "scan"]'::jsonb) $$,
  'the view says what is proposed, by whom, why, and when it lapses'
);
select is(
  pg_temp.needs('pgtap/project', 'G1'), array['check build', 'no_failed_checks', 'evidence build_log'],
  'nothing is in force before somebody confirms'
);
select is(
  pg_temp.propose('rm-p', 'pgtap/project', 'G1', '[{"kind": "check", "subject": "build"}, {"kind": "check",
    "subject": "scan", "enforcement": "blocking"}, {"kind": "no_failed_checks", "min_count": 1}]'),
  (select h.scan from hash as h), 'the same again, written otherwise, is the same open proposal'
);

-- Every wrong confirmation has its code, and changes nothing.
select results_eq(
  $$ select t.what, pg_temp.confirm(t.who, coalesce(t.hash, (select h.scan from hash as h)), t.role)
     from (values
       ('its author', 'rm-p', 'release_manager', null),
       ('a manager of another project', 'rm-other', 'release_manager', null),
       ('and of no proposal', 'rm-other', 'release_manager', repeat('0', 64)),
       ('another hash', 'rm-q', 'release_manager', repeat('0', 64)),
       ('a part of the hash', 'rm-q', 'release_manager', (select left(h.scan, 12) from hash as h)),
       ('no text', 'rm-q', 'release_manager', ''),
       ('a long text', 'rm-q', 'release_manager', repeat('0', 1000000)),
       ('a tester', 'qa-1', 'qa_tester', null),
       ('a pipeline', 'bot-1', 'ci_service_role', null),
       ('a pipeline as a manager', 'bot-1', 'release_manager', null),
       ('the secret key', 'rm-1', 'service_role', null),
       ('an auditor', 'audit-1', 'audit_reader', null),
       ('a stranger', 'nobody', 'release_manager', null)
     ) as t (what, who, role, hash) $$,
  $$ values ('its author', 'OPS24'), ('a manager of another project', 'OPS04'), ('and of no proposal', 'OPS04'),
    ('another hash', 'OPS04'), ('a part of the hash', 'OPS04'), ('no text', 'OPS04'), ('a long text', 'OPS04'),
    ('a tester', '42501'), ('a pipeline', '42501'), ('a pipeline as a manager', '42501'), ('the secret key', '42501'),
    ('an auditor', '42501'), ('a stranger', '42501') $$,
  'every wrong confirmation is refused with its own code'
);
select is(pg_temp.confirm('rm-q', null), 'OPS04', 'null is no hash');
select is(
  pg_temp.needs('pgtap/project', 'G1'), array['check build', 'no_failed_checks', 'evidence build_log'],
  'and changed nothing'
);
-- Replay does not move: what was judged before is judged as before.
select pg_temp.build('before', 1, 'pass');
select pg_temp.mark('confirmed');
select is(
  pg_temp.confirm('rm-q', (select upper(h.scan) from hash as h)), 'by two',
  'another release manager confirms by the hash, in any case'
);
select is(
  pg_temp.needs('pgtap/project', 'G1'), array['check build', 'check scan', 'no_failed_checks'], 'now it is in force'
);
select is(pg_temp.confirm('rm-q', (select h.scan from hash as h)), 'OPS18', 'once');
select is(pg_temp.confirm('rm-1', (select h.scan from hash as h)), 'OPS18', 'by whomever');
select results_eq(
  $$ select v.state::text, v.asked_by::text collate "default", v.confirmed_by, v.alone,
       v.in_force_from = v.confirmed_at, v.lapses_at,
       v.confirmed_at > pg_temp.at('confirmed')
     from ops.v_policy_changes v where v.hash = (select h.scan from hash as h) $$,
  $$ values ('confirmed', 'rm-p', 'rm-q', false, true, null::timestamptz, true) $$,
  'the view says who confirmed, and when'
);
select results_eq(
  $$ select q.kind::text, q.subject::text collate "default", q.created_by, c.created_by, c.confirmed_by
     from ops.gate_requirements q join ops.policy_changes c on c.change_id = q.opened_by_change
     where q.project = 'pgtap/project' and q.gate_code = 'G1' order by q.kind, q.subject $$,
  $$ values ('check', 'build', 'rm-q', 'rm-p', 'rm-q'), ('check', 'scan', 'rm-q', 'rm-p', 'rm-q'),
    ('no_failed_checks', null, 'rm-q', 'rm-p', 'rm-q') $$,
  'each row names the change that opened it'
);
select pg_temp.open('after');
select pg_temp.build(t.name, 2, 'pass') from unnest(array['before', 'after']) as t (name);
select is(
  array[pg_temp.stored('before', 'G1'), pg_temp.stored('after', 'G1')], array['passed', 'in_progress'],
  'an open release is judged as before, the next one by the new policy'
);
select is(
  array[
    ops.gate_status_at(pg_temp.gate('before', 'G1'), pg_temp.at('confirmed')),
    ops.gate_status_at(pg_temp.gate('before', 'G1'), clock_timestamp())
  ]::text[], array['passed', 'passed'], 'the replay of an open release does not move'
);

-- Nobody rewrites what was proposed or confirmed.
set local role none;
create function pg_temp.owner_tries(statement text) returns text
language plpgsql as $$
begin
  execute statement;
  return 'done';
exception when others then
  return sqlstate;
end
$$;
select results_eq(
  $$ select t.what, pg_temp.owner_tries(format(
       'update ops.policy_changes set %s where hash = %L', t.change, (select h.scan from hash as h)))
     from (values ('the reason', 'reason = ''x'''), ('the hash', 'hash = ''x'''),
       ('the author', 'created_by = ''x'''), ('who confirmed', 'confirmed_by = ''x'''), ('alone', 'alone = true'),
       ('the base', 'base = ''x'''), ('the rows', 'requirements = ''[]''')) as t (what, change) $$,
  $$ select w, 'OPS05' from unnest(array['the reason', 'the hash', 'the author', 'who confirmed', 'alone', 'the base',
    'the rows']) as w $$,
  'nothing of a confirmed change can change, also by the owner'
);
select throws_ok('delete from ops.policy_changes', '42501', null, 'no change is deleted');
select throws_ok('truncate ops.policy_changes cascade', '42501', null, 'and not all of them');
select lives_ok(
  $$ insert into ops.policy_changes (
       project, gate_code, requirements, reason, hash, base, confirmed_by, confirmed_at, alone)
     values ('pgtap/other', 'G1', '[]', 'r', 'mine', 'mine', 'x', now(), false) $$, 'the owner writes a row by hand'
);
select is_empty(
  $$ select from ops.policy_changes c where 'mine' in (c.hash, c.base) or c.project = 'pgtap/other'
     and num_nonnulls(c.confirmed_by, c.confirmed_at, c.alone) > 0 $$,
  'the server seals it all the same, and nobody has confirmed it'
);
set local role service_role;

-- Two open proposals: confirming one overtakes the other.
create temporary table pair as
select
  pg_temp.propose('rm-p', 'pgtap/project', 'G1', '[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"},
    {"kind": "check", "subject": "a"}]') as a,
  pg_temp.propose('rm-q', 'pgtap/project', 'G1', '[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"},
    {"kind": "check", "subject": "b"}]') as b,
  pg_temp.propose('rm-q', 'pgtap/project', 'G1', '[]') as back,
  pg_temp.propose('rm-q', 'pgtap/project', 'G4', '[{"kind": "deployment_health"}, {"kind": "evidence",
    "subject": "health_check"}, {"kind": "check", "subject": "smoke"}]') as g4;
select is(
  (
    select count(distinct x.hash)::integer from pair as p, unnest(array[p.a, p.b, p.back, p.g4]) as x (hash)
    where x.hash ~ '^[0-9a-f]{64}$'
  ), 4, 'several proposals for one gate are open'
);
select is(pg_temp.confirm('rm-p', (select p.back from pair as p)), 'by two', 'an empty array: back to the defaults');
select is(
  pg_temp.needs('pgtap/project', 'G1'), array['check build', 'no_failed_checks', 'evidence build_log'],
  'the defaults are in force again'
);
select is(
  array[pg_temp.state(p.a), pg_temp.state(p.b), pg_temp.state(p.g4)], array['overtaken', 'overtaken', 'open'],
  'the others for this gate are overtaken, those for other gates are not'
)
from pair as p;
select is(pg_temp.confirm('rm-q', p.a), 'OPS21', 'what was overtaken is not confirmed') from pair as p;
create temporary table defaults as
select
  pg_temp.propose('rm-p', 'pgtap/project', 'G1', '[{"kind": "check", "subject": "build"},
    {"kind": "no_failed_checks"}, {"kind": "check", "subject": "c"}]') as project,
  pg_temp.propose('rm-2', null, 'G1', '[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"},
    {"kind": "check", "subject": "d"}]') as every;
select is(
  array[pg_temp.confirm('rm-p', d.every), pg_temp.confirm('rm-2', d.every), pg_temp.confirm('rm-1', d.every)],
  array['OPS04', 'OPS24', 'by two'], 'rows for every project need managers of every project'
)
from defaults as d;
select is(
  array[pg_temp.state(d.project), pg_temp.confirm('rm-q', d.project)], array['overtaken', 'OPS21'],
  'new default rows overtake a proposal of a project without rows of its own'
)
from defaults as d;
select is(
  pg_temp.propose('rm-p', null, 'G2', '[{"kind": "check", "subject": "x"}]'), '42501',
  'a manager of one project proposes nothing for every project'
);
-- The rows are as before, but nothing that was overtaken comes back.
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "own"}]', 'pgtap/project');
create temporary table undone as
select pg_temp.propose('rm-p', 'pgtap/project', 'G1', '[{"kind": "check",
  "subject": "own"}, {"kind": "check", "subject": "e"}]', '[{"kind": "check", "subject": "build"}, {"kind": "check",
  "subject": "d"}, {"kind": "no_failed_checks"}]') as hash;
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "other"}]', 'pgtap/project');
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "own"}]', 'pgtap/project');
select is(pg_temp.confirm('rm-q', u.hash), 'OPS21', 'a proposal does not come back with the old rows')
from undone as u;
create temporary table and_back as
select pg_temp.propose('rm-1', 'pgtap/odd', 'G4', '[{"kind": "deployment_health"}, {"kind": "evidence",
  "subject": "health_check"}, {"kind": "check", "subject": "smoke"}]') as hash;
select pg_temp.set_policy('G4', '[{"kind": "deployment_health"}]', 'pgtap/odd');
select pg_temp.set_policy('G4', '[]', 'pgtap/odd');
select is(pg_temp.confirm('rm-2', b.hash), 'OPS21', 'nor with the defaults, which are the same rows')
from and_back as b;
-- A project with rows of its own: a default row that came later, and was not named.
create temporary table later_default as
select pg_temp.propose('rm-p', 'pgtap/project', 'G1', '[{"kind": "check",
  "subject": "own"}, {"kind": "check", "subject": "e"}]', '[{"kind": "check", "subject": "build"}, {"kind": "check",
  "subject": "d"}, {"kind": "no_failed_checks"}]', 'once more') as hash;
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"}]');
select is(pg_temp.state(l.hash), 'overtaken', 'default rows overtake also a project with rows of its own')
from later_default as l;
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"},
  {"kind": "check", "subject": "late"}]');
select is(pg_temp.confirm('rm-q', l.hash), 'OPS21', 'whatever they are then')
from later_default as l;

-- What a proposal drops.
create function pg_temp.dropping(needs jsonb, dropped jsonb) returns text
language sql as $$
  select regexp_replace(pg_temp.propose('rm-1', 'pgtap/later', 'G2', needs, dropped), '^[0-9a-f]{64}$', 'proposed')
$$;
create temporary table g2 as
select
  '[{"kind": "prior_gate", "subject": "G1"}, {"kind": "approval", "subject": "qa_tester"},
    {"kind": "evidence", "subject": "test_result|uat_summary"}]'::jsonb as three,
  '[{"kind": "no_failed_checks"}]'::jsonb as rest;
select results_eq(
  $$ select t.what, pg_temp.dropping(t.needs, t.dropped)
     from g2, lateral (values
       ('left out, not named', three, '[]'::jsonb),
       ('left out and named', three, rest),
       ('kept and named', three || rest || '[{"kind": "check", "subject": "e2e"}]', rest),
       ('made advisory, not named', three || '[{"kind": "no_failed_checks", "enforcement": "advisory"}]', '[]'),
       ('made advisory and named', three || '[{"kind": "no_failed_checks", "enforcement": "advisory"}]', rest),
       ('another subject, not named', three - 2 || rest || '[{"kind": "evidence", "subject": "test_result"}]', '[]'),
       ('another subject, named', three - 2 || rest || '[{"kind": "evidence", "subject": "test_result"}]',
         '[{"kind": "evidence", "subject": "test_result|uat_summary"}]'),
       ('an unknown one', three, rest || '[{"kind": "check", "subject": "build"}]'),
       ('no such kind', three, rest || '[{"kind": "luck"}]'),
       ('twice', three || '[{"kind": "check", "subject": "y"}]', rest || rest),
       ('no list', three, '{}'), ('null', three, null), ('texts', three, '["no_failed_checks"]'),
       ('another field', three, '[{"kind": "no_failed_checks", "min_count": 1}]'),
       ('a null subject', three || '[{"kind": "check", "subject": "z"}]',
         '[{"kind": "no_failed_checks", "subject": null}]'),
       ('an object as subject', three, '[{"kind": "no_failed_checks", "subject": {}}]'),
       ('101 entries', three, to_jsonb(array_fill(rest -> 0, array[101]))),
       ('all of them', '[{"kind": "check", "subject": "only"}]', three || rest),
       ('asks less, not named', three - 1 || rest || '[{"kind": "approval", "subject": "qa_tester",
         "not_initiator": false}]', '[]'),
       ('asks less, named', three - 1 || rest || '[{"kind": "approval", "subject": "qa_tester",
         "not_initiator": false}]', '[{"kind": "approval", "subject": "qa_tester"}]'),
       ('asks more', three - 1 || rest || '[{"kind": "approval", "subject": "qa_tester", "min_count": 2,
         "aal2": true, "valid_for": 60}]', '[]')
     ) as t (what, needs, dropped) $$,
  $$ values ('left out, not named', 'OPS10'), ('left out and named', 'proposed'), ('kept and named', 'OPS10'),
    ('made advisory, not named', 'OPS10'), ('made advisory and named', 'proposed'),
    ('another subject, not named', 'OPS10'), ('another subject, named', 'proposed'), ('an unknown one', 'OPS10'),
    ('no such kind', 'OPS10'), ('twice', 'proposed'), ('no list', 'OPS10'), ('null', 'OPS10'), ('texts', 'OPS10'),
    ('another field', 'OPS10'), ('a null subject', 'proposed'), ('an object as subject', 'OPS10'),
    ('101 entries', 'OPS10'), ('all of them', 'proposed'), ('asks less, not named', 'OPS10'),
    ('asks less, named', 'proposed'), ('asks more', 'proposed') $$,
  'a proposal names exactly the default blocking rows that it leaves out or asks less of'
);
set local role none;
create function pg_temp.less(asked jsonb, than jsonb) returns boolean
language sql as $$
  select ops_private.asks_less(ops_private.in_normal_form(array[a]) -> 0, ops_private.in_normal_form(array[t]) -> 0)
  from ops_private.policy_entries(jsonb_build_array('{"kind": "approval", "subject": "sre"}' || asked), null) as a,
    ops_private.policy_entries(jsonb_build_array('{"kind": "approval", "subject": "sre"}' || than), null) as t
$$;
select is_empty(
  $$ select t.field, t.less from (values
       ('enforcement', '"blocking"'::jsonb, '"advisory"'::jsonb, '{}'::jsonb), ('min_count', '2', '1', '{}'),
       ('not_initiator', 'true', 'false', '{}'), ('one_gate', 'true', 'false', '{}'),
       ('require_hash', 'true', 'false', '{}'), ('own_token', 'true', 'false', '{}'), ('aal2', 'true', 'false', '{}'),
       ('accept_sso', 'false', 'true', '{"aal2": true}'), ('valid_for', '60', '61', '{}'), ('valid_for', '60', null, '{}'),
       ('approvers', '["rm-1", "rm-2"]', '["rm-1", "rm-p"]', '{}'), ('approvers', '["rm-1"]', null, '{}'),
       ('approvers', '["rm-1"]', '["rm-1", "rm-2"]', '{}')
     ) as t (field, more, less, beside)
     where not pg_temp.less(jsonb_build_object(t.field, t.less) || t.beside, jsonb_build_object(t.field, t.more) || t.beside)
       or t.more <> '"blocking"' and pg_temp.less(
         jsonb_build_object(t.field, t.more) || t.beside, jsonb_build_object(t.field, t.less) || t.beside)
          and t.less <> '["rm-1", "rm-p"]'
       or pg_temp.less(jsonb_build_object(t.field, t.more) || t.beside, jsonb_build_object(t.field, t.more) || t.beside)
  $$, 'each field can ask less, and one that asks the same or more does not'
);
set local role service_role;

-- What is no proposal.
create function pg_temp.proposing(project text, gate text, needs jsonb, why text default 'why') returns text
language sql as $$
  select regexp_replace(pg_temp.propose('rm-1', project, gate, needs, '[{"kind": "prior_gate", "subject": "G1"},
    {"kind": "approval", "subject": "qa_tester"}, {"kind": "evidence", "subject": "test_result|uat_summary"},
    {"kind": "no_failed_checks"}]', why), '^[0-9a-f]{64}$', 'proposed')
$$;
select results_eq(
  $$ select t.what, pg_temp.proposing(coalesce(t.project, 'pgtap/later'), coalesce(t.gate, 'G2'), t.needs, t.why)
     from (values
       ('an unknown project', 'pgtap/none', null, '[{"kind": "check", "subject": "x"}]'::jsonb, 'why'),
       ('a blank project', '', null, '[{"kind": "check", "subject": "x"}]', 'why'),
       ('no such gate', null, 'G5', '[{"kind": "check", "subject": "x"}]', 'why'),
       ('a wrong kind', null, null, '[{"kind": "luck"}]', 'why'),
       ('no kind', null, null, '[{"subject": "x"}]', 'why'),
       ('of another gate', null, null, '[{"kind": "deployment_health"}]', 'why'),
       ('twice', null, null, '[{"kind": "check", "subject": "x"}, {"kind": "check", "subject": "x"}]', 'why'),
       ('nothing blocking', null, null, '[{"kind": "check", "subject": "x", "enforcement": "advisory"}]', 'why'),
       ('text as a number', null, null, '[{"kind": "check", "subject": "x", "min_count": "1"}]', 'why'),
       ('nobody by that name', null, null,
         '[{"kind": "approval", "subject": "qa_tester", "approvers": ["nobody"]}]', 'why'),
       ('who cannot approve', null, null,
         '[{"kind": "approval", "subject": "sre", "approvers": ["rm-1"]}]', 'why'),
       ('invisible', null, null, jsonb_build_array(jsonb_build_object('kind', 'check', 'subject', U&'a\200B')), 'why'),
       ('like SQL', null, null, '[{"kind": "check", "subject": "x''; drop table ops.releases; --"}]', 'why'),
       ('a secret', null, null, '[{"kind": "check", "subject": "AKIAABCDEFGHIJKLMNOP"}]', 'why'),
       ('a secret as reason', null, null, '[{"kind": "check", "subject": "x"}]', 'AKIAABCDEFGHIJKLMNOP'),
       ('no reason', null, null, '[{"kind": "check", "subject": "x"}]', null),
       ('a blank reason', null, null, '[{"kind": "check", "subject": "x"}]', U&' \200B '),
       ('a long reason', null, null, '[{"kind": "check", "subject": "x"}]', repeat('x', 8193)),
       ('no list', null, null, '{}', 'why'), ('null', null, null, null, 'why'),
       ('101 rows', null, null, (select jsonb_agg(jsonb_build_object('kind', 'check', 'subject', 'c' || n))
         from generate_series(1, 101) as n), 'why'),
       ('100 rows', null, null, (select jsonb_agg(jsonb_build_object('kind', 'check', 'subject', 'c' || n))
         from generate_series(1, 100) as n), 'why')
     ) as t (what, project, gate, needs, why) $$,
  $$ values ('an unknown project', '42501'), ('a blank project', '42501'), ('no such gate', 'OPS10'),
    ('a wrong kind', 'OPS10'), ('no kind', 'OPS10'), ('of another gate', 'OPS10'),
    ('twice', 'OPS10'), ('nothing blocking', 'OPS10'), ('text as a number', 'OPS10'), ('nobody by that name', 'OPS06'),
    ('who cannot approve', 'OPS06'), ('invisible', 'OPS10'), ('like SQL', 'proposed'),
    ('a secret', '23514'), ('a secret as reason', '23514'), ('no reason', '23514'), ('a blank reason', '23514'),
    ('a long reason', '23514'), ('no list', 'OPS10'), ('null', 'OPS10'), ('101 rows', 'OPS10'),
    ('100 rows', 'proposed') $$,
  'what could not come into force is refused when it is proposed'
);
select is_empty(
  $$ select q.* from ops.gate_requirements q where q.project = 'pgtap/later' $$, 'proposals put no row in force'
);
select is(pg_temp.propose('rm-1', null, 'G2', '[]', (
  select g.three || g.rest from g2 as g
)), 'OPS10', 'the default rows are never empty');
select is(
  pg_temp.propose('rm-1', 'pgtap/later', 'G2', '[]'), 'OPS16',
  'a project without rows of its own has the defaults already'
);
select is(
  pg_temp.propose('rm-1', 'pgtap/project', 'G1', '[{"kind": "check", "subject": "own"}]',
    '[{"kind": "check", "subject": "build"}]'), 'OPS16', 'so has one whose own rows are proposed again'
);
select results_eq(
  $$ select t.role, pg_temp.tried(t.role, t.who, 'select ops.propose_gate_policy(null, ''G1'', ''[]'', ''why'')')
     from (values ('ci_service_role', 'bot-1'), ('release_manager', 'bot-1'), ('service_role', 'rm-1'),
       ('qa_tester', 'qa-1'), ('sre', 'sre-1'), ('developer', 'dev-1'), ('audit_reader', 'audit-1'),
       ('authenticated', 'rm-1'), ('anon', null)) as t (role, who) $$,
  $$ select r, '42501' from unnest(array['ci_service_role', 'release_manager', 'service_role', 'qa_tester', 'sre',
    'developer', 'audit_reader', 'authenticated', 'anon']) as r $$,
  'only a release manager proposes, no bot and no key'
);

-- Approvers come by the names of records.
create temporary table named as
select pg_temp.propose('rm-p', 'pgtap/project', 'G3', '[{"kind": "approval",
  "subject": "release_manager", "approvers": ["RM-handle", "rm-q"]}, {"kind": "prior_gate", "subject": "G2"},
  {"kind": "evidence", "subject": "rollback_plan"}, {"kind": "no_failed_checks"}]') as hash;
select is(
  (
    select jsonb_path_query_array(v.requirements, '$[*].approvers[*]') from ops.v_policy_changes as v
    inner join named as n on v.hash = n.hash
  ),
  '["rm-1", "rm-q"]', 'approvers are kept by the names of records'
);

-- Who reads it.
select results_eq(
  $$ select t.who, pg_temp.as_person(t.role, t.who,
       'select array_agg(distinct coalesce(project, ''every'') order by coalesce(project, ''every''))
        from ops.v_policy_changes')
     from (values ('rm-p', 'release_manager'), ('rm-other', 'release_manager'), ('audit-1', 'audit_reader'))
       as t (who, role) $$,
  $$ values ('rm-p', '{every,pgtap/project}'), ('rm-other', '{every,pgtap/other}'),
    ('audit-1', '{every,pgtap/later,pgtap/odd,pgtap/other,pgtap/project}') $$,
  'changes are seen within the project, and by auditors'
);
select is(
  pg_temp.tried('developer', 'dev-1', 'select count(*) from ops.v_policy_changes'), '42501', 'not by developers'
);

-- It lapses after 7 days.
create temporary table aging as
select pg_temp.propose('rm-p', 'pgtap/project', 'G3', '[{"kind": "approval", "subject": "release_manager",
  "min_count": 2}, {"kind": "prior_gate", "subject": "G2"}, {"kind": "evidence", "subject": "rollback_plan"},
    {"kind": "no_failed_checks"}]') as two;
select pg_temp.later('6 days 23 hours 59 minutes');
select is(pg_temp.state(a.two), 'open', 'a proposal stays open for 7 days') from aging as a;
select pg_temp.later('1 minute');
select is(
  array[pg_temp.state(a.two), pg_temp.confirm('rm-q', a.two), pg_temp.confirm('rm-p', a.two)],
  array['lapsed', 'OPS19', 'OPS19'], 'then it lapses, for everybody'
)
from aging as a;
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"}]', 'pgtap/project');
select is(pg_temp.state(a.two), 'lapsed', 'what comes later does not change why') from aging as a;

-- Its author is revoked.
create temporary table leaving as
select pg_temp.propose('rm-q', 'pgtap/project', 'G2', (
  select g.three || g.rest || '[{"kind": "check", "subject": "q"}]' from g2 as g
)) as q;
select ops.revoke_membership('rm-q', 'release_manager', 'pgtap/project', 'rm-1', 'left');
select is(
  array[pg_temp.state(l.q), pg_temp.confirm('rm-p', l.q), pg_temp.confirm('rm-q', l.q)],
  array['author_revoked', 'OPS22', '42501'],
  'a proposal ends with the role of its author, who confirms nothing either'
)
from leaving as l;
select pg_temp.member('rm-q', 'release_manager', 'pgtap/project');
select is(pg_temp.confirm('rm-p', l.q), 'OPS22', 'and does not come back with it') from leaving as l;
create temporary table moving as
select pg_temp.propose('rm-q', 'pgtap/project', 'G2', (
  select g.three || g.rest || '[{"kind": "check", "subject": "r"}]' from g2 as g
)) as q;
select ops.grant_membership('rm-q', 'qa_tester', null, 'rm-q-login', 'rm-1', 'more');
select is(pg_temp.state(m.q), 'open', 'other memberships change nothing') from moving as m;

-- An approver who left between proposal and confirmation.
select pg_temp.member('rm-r', 'release_manager', 'pgtap/project');
create temporary table approving as
select pg_temp.propose('rm-p', 'pgtap/project', 'G2', (
  select g.three - 1 || g.rest || '[{"kind": "approval", "subject": "qa_tester", "approvers": ["qa-2"]}]' from g2 as g
)) as hash;
select pg_temp.revoke_from('qa-2');
select is(pg_temp.confirm('rm-q', a.hash), 'OPS06', 'who is named must still be there') from approving as a;
select is(pg_temp.state(a.hash), 'open', 'and the proposal stays open') from approving as a;
select pg_temp.grant_to('qa-2', 'qa_tester');
select is(pg_temp.confirm('rm-q', a.hash), 'by two', 'until they come back') from approving as a;

-- An only manager.
select ops.revoke_membership(w.who, null, null, 'rm-1', 'left')
from unnest(array['rm-2', 'rm-p', 'rm-q', 'rm-r']) as w (who);
create temporary table alone as
select
  pg_temp.propose('rm-1', 'pgtap/small', 'G1', '[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"},
    {"kind": "check", "subject": "late"}, {"kind": "check", "subject": "s"}]') as small,
  pg_temp.propose('rm-1', null, 'G4', '[{"kind": "deployment_health"}, {"kind": "evidence", "subject": "health_check"},
    {"kind": "check", "subject": "s"}]') as every,
  pg_temp.propose('rm-1', 'pgtap/other', 'G1', '[{"kind": "check", "subject": "build"}, {"kind": "no_failed_checks"},
    {"kind": "check", "subject": "late"}, {"kind": "check", "subject": "s"}]') as other;
select is(pg_temp.confirm('rm-1', a.small), 'OPS17', 'an only manager waits') from alone as a;
select pg_temp.later('23 hours 59 minutes');
select is(pg_temp.confirm('rm-1', a.small), 'OPS17', 'for 24 hours') from alone as a;
select pg_temp.later('1 minute');
select is(
  array[pg_temp.confirm('rm-1', a.small), pg_temp.confirm('rm-1', a.every)], array['alone', 'alone'],
  'and then confirms their own proposal, also for every project'
)
from alone as a;
select is(
  array[pg_temp.confirm('rm-1', a.other), pg_temp.confirm('rm-other', a.other)], array['OPS24', 'by two'],
  'where there is another manager, of one project too, that one confirms'
)
from alone as a;
select results_eq(
  $$ select v.state::text, v.alone, v.asked_by::text collate "default", v.confirmed_by
     from ops.v_policy_changes v join alone a on a.small = v.hash $$,
  $$ values ('confirmed', true, 'rm-1', 'rm-1') $$, 'it is shown as alone'
);
select ops.grant_membership('rm-late', 'release_manager', 'pgtap/small', null, 'rm-1', 'helps');
create temporary table left_behind as
select pg_temp.propose('rm-1', 'pgtap/small', 'G4', '[{"kind": "deployment_health"}, {"kind": "evidence",
  "subject": "health_check"}, {"kind": "check", "subject": "s"}, {"kind": "check", "subject": "t"}]') as hash;
select pg_temp.later('25 hours');
select is(pg_temp.confirm('rm-1', l.hash), 'OPS24', 'the other one did not confirm it') from left_behind as l;
select ops.revoke_membership('rm-late', null, null, 'rm-1', 'left');
select is(pg_temp.confirm('rm-1', l.hash), 'OPS17', 'their revocation makes nobody alone at once')
from left_behind as l;
create temporary table second as
select pg_temp.propose('rm-1', 'pgtap/small', 'G1', '[]') as hash;
select pg_temp.later('25 hours');
select pg_temp.grant_to('rm-9', 'release_manager');
select is(
  array[pg_temp.confirm('rm-1', s.hash), pg_temp.confirm('rm-9', s.hash)], array['OPS24', 'by two'],
  'if a second manager exists by then, the second must'
)
from second as s;

-- The secret key names who wants it and why, and each change is on record.
select results_eq(
  $$ select t.what, pg_temp.tried('service_role', null, format(
       'select count(*) from ops.set_gate_policy(''G2'', ''[{"kind": "check", "subject": "k"}]'', %L, %L, %L)',
       t.project, t.who, t.why))
     from (values ('nobody', null, null, 'why'), ('no reason', null, 'rm-1', null), ('a stranger', null, 'x', 'why'),
       ('a bot', null, 'bot-1', 'why'), ('of another project', 'pgtap/small', 'rm-other', 'why'),
       ('a blank reason', null, 'rm-1', ' ')) as t (what, project, who, why) $$,
  $$ values ('nobody', '23514'), ('no reason', '23514'), ('a stranger', 'OPS06'), ('a bot', 'OPS06'),
    ('of another project', 'OPS06'), ('a blank reason', '23514') $$,
  'setting policy with the key names an active person of the project, and why'
);
select lives_ok(
  $$ select ops.set_gate_policy('G2', '[{"kind": "check", "subject": "k"}]', 'PGTAP/small', 'RM-handle', 'a hotfix') $$,
  'then it is set'
);
select lives_ok(
  $$ select ops.set_gate_policy('G2', '[{"kind": "check", "subject": "k"}]', 'pgtap/small', 'rm-1', 'again') $$,
  'the same again'
);
select results_eq(
  $$ select v.state::text, v.asked_by::text collate "default", v.reason::text, v.created_by, v.confirmed_by, v.alone,
       v.in_force_from = v.created_at
     from ops.v_policy_changes v where v.project = 'pgtap/small' and v.gate_code = 'G2' $$,
  $$ values ('set', 'rm-1', 'a hotfix', 'service_role', null::text, null::boolean, true) $$,
  'is one change on record, which says who asked, when and why'
);
select is(
  pg_temp.confirm('rm-1', (
    select v.hash from ops.v_policy_changes as v
    where v.project = 'pgtap/small' and v.gate_code = 'G2'
  )),
  'OPS18', 'what was set is in force already'
);
select pg_temp.set_policy('G2', '[]', 'pgtap/small');
select results_eq(
  $$ select o.reason::text, c.reason::text, q.closed_by from ops.gate_requirements q
     join ops.policy_changes o on o.change_id = q.opened_by_change
     join ops.policy_changes c on c.change_id = q.closed_by_change
     where q.project = 'pgtap/small' and q.gate_code = 'G2' $$,
  $$ values ('a hotfix', 'a test', 'service_role') $$, 'a closed row names the change that closed it'
);
select is_empty(
  $$ select q.requirement_id from ops.gate_requirements q
     where (q.opened_by_change is null) <> (q.valid_from < '2001-01-01')
       or (q.valid_to is null) <> (q.closed_by_change is null) $$,
  'every row but the first default ones says which change opened it, and every closed one which closed it'
);
select finish();
rollback;
