begin;
create extension if not exists pgtap with schema extensions;
select plan(48);

\ir helpers/functions.psql

-- The overview of the release `name`, as a role sees it.
create function pg_temp.seen_by(role text, who text, name text, as_of timestamptz default null) returns jsonb
language sql as $$
  select pg_temp.as_person(
    role, who, format('select ops.release_overview(%%L, %L)', as_of), pg_temp.release(name)::text)::jsonb
$$;
-- The lists of facts in it that are for the role, in order of the alphabet.
create function pg_temp.parts(role text, who text, name text) returns text
language sql as $$
  select coalesce(string_agg(p.key, ' ' order by p.key), '')
  from jsonb_each(pg_temp.seen_by(role, who, name)) as p
  where p.key in ('checks', 'artifacts', 'decisions', 'evidence', 'exceptions', 'deployments', 'contested_reports',
    'dismissals', 'incidents', 'retirements') and p.value <> 'null'
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to('dev-2', 'developer');
select pg_temp.ready('whole');
select pg_temp.deploy('whole', 4, 'production', 'p1', 'succeeded', jsonb_build_object(
  'artifacts', jsonb_build_array(jsonb_build_object('name', 'app', 'sha256', repeat('a', 64)))));
select pg_temp.health('whole', 5, 'production', 'p1', 'fail');
select pg_temp.except_for('whole', 'gate_bypass', '{G2}');
select ops.ingest_event(pg_temp.event('build_complete', 'whole', 6, '{"status": "fail", "checks": 1}'));
select pg_temp.as_person('sre', 'sre-1', format(
  'insert into ops.incidents (deployment_id, severity) values (%L, ''sev2'') returning 1',
  (pg_temp.deployment('whole', 'p1')).deployment_id));

-- Which parts are for which role: as the rights on tables say.
select is(pg_temp.parts(p.role, p.who, 'whole'), p.parts, 'what an overview tells a ' || p.role || ' ' || p.who)
from (values
  ('release_manager', 'rm-1',
   'artifacts checks contested_reports decisions deployments dismissals evidence exceptions incidents retirements'),
  ('audit_reader', 'audit-1',
   'artifacts checks contested_reports decisions deployments dismissals evidence exceptions incidents retirements'),
  ('service_role', '',
   'artifacts checks contested_reports decisions deployments dismissals evidence exceptions incidents retirements'),
  ('qa_tester', 'qa-1', 'artifacts checks evidence'),
  ('sre', 'sre-1', 'deployments incidents retirements'),
  ('developer', 'dev-1', 'checks'),
  ('developer', 'dev-2', '')
) as p (role, who, parts);
select is(
  (select string_agg(g ->> 'status', ' ' order by g ->> 'gate_code')
  from jsonb_array_elements(pg_temp.seen_by(p.role, p.who, 'whole') -> 'gates') as g),
  'failed bypassed passed failed', 'the verdict on every gate is for a ' || p.role
)
from (values ('sre', 'sre-1'), ('developer', 'dev-2'), ('qa_tester', 'qa-1')) as p (role, who);
select is(
  (select count(*) from jsonb_array_elements(pg_temp.seen_by(p.role, p.who, 'whole') -> 'gates') as g
  where jsonb_array_length(g -> 'findings') = 0 or g ->> 'resolved_by' is not null), 0::bigint,
  'so are the findings, and who resolved it is not: ' || p.role
)
from (values ('sre', 'sre-1'), ('developer', 'dev-2'), ('qa_tester', 'qa-1')) as p (role, who);
select isnt(
  pg_temp.seen_by('release_manager', 'rm-1', 'whole') #>> '{gates,0,resolved_by}', null,
  'who may read gates sees who resolved one'
);
select is(
  (select string_agg(distinct b ->> 'gate_code', ' ' order by b ->> 'gate_code')
  from jsonb_array_elements(pg_temp.seen_by('sre', 'sre-1', 'whole') #> '{blockers,production}') as b),
  (select string_agg(distinct b.gate_code::text, ' ' order by b.gate_code::text)
  from ops.promotion_blockers(pg_temp.release('whole'), 'production') as b),
  'the blockers are those that every role may ask for'
);
select isnt(pg_temp.seen_by('developer', 'dev-2', 'whole') ->> 'seen', null, 'and there is what a decision looks at');
select is(
  (select jsonb_object_agg(p.key, jsonb_array_length(p.value))
  from jsonb_each(pg_temp.seen_by('audit_reader', 'audit-1', 'whole')) as p
  where p.key in ('checks', 'decisions', 'evidence', 'exceptions', 'deployments', 'contested_reports', 'incidents')),
  '{"checks": 2, "decisions": 2, "evidence": 3, "exceptions": 1, "deployments": 1, "contested_reports": 1,
    "incidents": 1}'::jsonb, 'every fact is there'
);

-- At a past moment.
select pg_temp.mark('before');
select pg_temp.open('told', target => 'staging');
select pg_temp.mark('opened');
select pg_temp.build('told', 1, 'pass');
select pg_temp.sign('told', 2, 'G2', 'qa-1', 'approved', 'test_result');
select pg_temp.mark('signed');
select pg_temp.deploy('told', 3, 'staging', 's1', 'in_progress');
select pg_temp.mark('deploying');
select pg_temp.deploy('told', 4, 'staging', 's1', 'succeeded');
select pg_temp.health('told', 5, 'staging', 's1', 'pass');
select pg_temp.mark('live');
select pg_temp.deploy('told', 6, 'staging', 's2', 'failed');
select set_config('pgtap.exception', pg_temp.except_for('told', 'gate_bypass', '{G3}')::text, true);
select pg_temp.mark('failed');
select pg_temp.as_person('release_manager', 'rm-1',
  'with u as (update ops.exceptions set revoked_at = now() where exception_id = %L) select 1',
  current_setting('pgtap.exception'));
create function pg_temp.then_(moment text) returns text
language sql as $$
  select concat_ws(' ', o #>> '{release,status}', (
    select string_agg(g ->> 'status', ' ' order by g ->> 'gate_code') from jsonb_array_elements(o -> 'gates') as g),
    o ->> 'eligible_for_staging', jsonb_array_length(o -> 'decisions'), (
    select string_agg(d ->> 'status', '+' order by d ->> 'deployment_ref')
    from jsonb_array_elements(o -> 'deployments') as d))
  from pg_temp.seen_by('audit_reader', 'audit-1', 'told', pg_temp.at(moment)) as o
$$;
select is(pg_temp.then_(t.moment), t.said, 'the overview of a past moment: ' || t.moment)
from (values
  ('opened', 'draft pending pending pending pending false 0'),
  ('signed', 'in_progress passed passed pending pending true 1'),
  ('deploying', 'in_progress passed passed pending pending true 1 in_progress'),
  ('live', 'promoted passed passed pending passed true 1 succeeded'),
  ('failed', 'failed passed passed bypassed failed true 1 succeeded+failed')
) as t (moment, said);
select is(
  (pg_temp.seen_by('audit_reader', 'audit-1', 'told', pg_temp.at('failed')) #> '{exceptions,0}') ->> 'revoked_at', null,
  'an exception that was revoked later is not revoked then'
);
select isnt(
  pg_temp.seen_by('audit_reader', 'audit-1', 'told') #>> '{exceptions,0,revoked_at}', null, 'and is now'
);
select is(
  array[pg_temp.seen_by('audit_reader', 'audit-1', 'told', pg_temp.at('failed')) #>> '{exceptions,0,state}',
    pg_temp.seen_by('audit_reader', 'audit-1', 'told') #>> '{exceptions,0,state}'],
  array['active', 'revoked'], 'so is its state'
);
select is(
  (select d -> 'rationale_structured' from jsonb_array_elements(
    pg_temp.seen_by('audit_reader', 'audit-1', 'told') -> 'decisions') as d
  where d ->> 'gate_code' = 'G2'),
  (select a.rationale_structured from ops.approvals as a
  where a.release_id = pg_temp.release('told') and a.scope = 'gate'), 'a decision says why'
);
select is(
  pg_temp.seen_by('qa_tester', 'qa-1', 'told', pg_temp.at('live')) ->> 'seen', null,
  'nobody decides on a past moment: there is no seen'
);
create function pg_temp.without_time(said jsonb) returns jsonb
language sql immutable as $$
  select said - 'as_of' - 'seen' || jsonb_build_object('gates', (
    select jsonb_agg(g.value - 'since' - 'resolved_by' order by g.ordinality)
    from jsonb_array_elements(said -> 'gates') with ordinality as g))
$$;
select is(
  pg_temp.without_time(ops.release_overview(pg_temp.release(t.name), clock_timestamp())),
  pg_temp.without_time(ops.release_overview(pg_temp.release(t.name))), 'replay of now is now: ' || t.name
)
from unnest(array['told', 'whole']) as t (name);
select throws_ok(
  format($$ select pg_temp.seen_by('sre', 'sre-1', 'told', %L) $$, t.moment), '22023', null,
  'a moment before the release was opened, or in the future, is refused: ' || t.moment
)
from unnest(array[pg_temp.at('before'), clock_timestamp() + interval '1 hour', 'infinity', '-infinity'])
  as t (moment);

-- What was taken out, by whom, and why; and whether a later deployment brought it back.
select pg_temp.ready('gone');
select pg_temp.deploy('gone', 4, 'production', 'g1', 'in_progress', '{"target": "old"}');
select pg_temp.mark('before it went');
select pg_temp.as_person('release_manager', 'rm-2', format(
  'select ops.retire_target(%L, ''production'', ''old'', ''the region is gone'')', r.project))
from ops.releases as r
where r.release_id = pg_temp.release('gone');
select pg_temp.mark('it went');
select pg_temp.deploy('gone', 5, 'production', 'g2', 'in_progress', '{"target": "old"}');
select is(
  (select concat_ws(' ', jsonb_array_length(o -> 'retirements'), o #>> '{retirements,0,target}',
    o #>> '{retirements,0,created_by}', o #>> '{retirements,0,reason}', o #>> '{retirements,0,is_out}')
  from pg_temp.seen_by(t.role, t.who, 'gone', t.moment) as o), t.said, 'what was taken out, for a ' || t.role || t.at
)
from (values
  ('sre', 'sre-1', ' before', pg_temp.at('before it went'), '0'),
  ('sre', 'sre-1', ' then', pg_temp.at('it went'), '1 old rm-2 the region is gone true'),
  ('audit_reader', 'audit-1', ' now', null, '1 old rm-2 the region is gone false')
) as t (role, who, at, moment, said);
select ops.ingest_event(pg_temp.event('gate_signoff', 'gone', 6, jsonb_build_object(
  'approver_id', t.who, 'persona_role', 'qa_tester', 'decision', 'rejected', 'rationale_text', t.what,
  'rationale_structured', jsonb_build_object('why', t.why)), 'G2')) ->> 'status'
from (values
  ('qa-1', 'long', (select string_agg(md5(n::text), '') from generate_series(1, 100) as n)),
  ('qa-2', 'repeated', repeat('x', 100000))
) as t (who, what, why);
select is(
  (select jsonb_typeof(d -> 'rationale_structured') from jsonb_array_elements(
    pg_temp.seen_by('audit_reader', 'audit-1', 'gone') -> 'decisions') as d
  where d ->> 'rationale_text' = t.what),
  'null', 'a reason that is too long to be shown is left out, however it is stored: ' || t.what
)
from (values ('long'), ('repeated')) as t (what);

-- A part has an end.
select ops.ingest_event(pg_temp.event('build_complete', 'told', 7, jsonb_build_object('status', 'pass', 'checks', (
  select jsonb_agg(jsonb_build_object('check_name', 'c' || n || '/' || s, 'status', 'pass'))
  from generate_series(1, 100) as n)))) ->> 'status'
from generate_series(1, 2) as s;
select is(
  (select format('%s %s', o ->> 'cut', jsonb_array_length(o -> 'checks'))
  from pg_temp.seen_by('qa_tester', 'qa-1', 'told') as o),
  '["checks"] 200', 'an overview says of which parts only the newest 200 are shown'
);
select is(pg_temp.seen_by('qa_tester', 'qa-1', 'whole') ->> 'cut', '[]', 'and that it is whole');

-- Who may ask, and for what.
select throws_ok(
  format($$ select pg_temp.as_person(%L, %L, 'select ops.release_overview(gen_random_uuid())') $$, p.role, p.who),
  p.code, null, 'a release that is not there is refused: ' || p.role
)
from (values
  ('sre', 'sre-1', 'OPS04'), ('developer', 'dev-1', 'OPS04'), ('audit_reader', 'audit-1', 'OPS04'),
  ('service_role', null, 'OPS04')
) as p (role, who, code);
select pg_temp.revoke_from('qa-2');
select throws_ok(
  $$ select pg_temp.seen_by('qa_tester', 'qa-2', 'told') $$, '42501', null, 'who was revoked sees nothing'
);
select throws_ok(
  format($$ select pg_temp.seen_by(%L, 'bot-1', 'told') $$, t.role), '42501', null,
  'nobody but people and the secret key may ask: ' || t.role
)
from unnest(array['ci_service_role', 'authenticated', 'anon']) as t (role);

select finish();
rollback;
