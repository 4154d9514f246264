begin;
create extension if not exists pgtap with schema extensions;
select plan(64);

\ir helpers/functions.psql
\ir helpers/views_agree.psql

-- Decide on the release `name` as a whole, or on its exception `exception`, in the role that `who` has.
create function pg_temp.decide(name text, who text, decision text, exception uuid default null) returns void
language sql as $$
  insert into ops.approvals (
    release_id, exception_id, approver_id, persona_role, decision, scope, rationale_structured
  )
  select
    pg_temp.release(name), exception, who, m.role::ops.ops_persona_role, decision::ops.ops_decision_type,
    case when exception is null then 'release' else 'exception' end::ops.ops_approval_scope, '{"why": "known"}'
  from ops.v_memberships m
  where m.subject = who
$$;
-- What keeps the release `name` from `target`: gate or release, kind, subject and state of each.
create function pg_temp.kept_out(name text, target text) returns text[]
language sql as $$
  select array(
    select concat_ws(' ', coalesce(b.gate_code::text, 'release'), b.kind, b.subject, b.state)
    from ops.promotion_blockers(pg_temp.release(name), target) as b)
$$;
-- Eligibility of the release `name` for dev, staging and production; at a past moment that `mark` remembered.
create function pg_temp.goes(name text) returns boolean[]
language sql as $$
  select array[pg_temp.eligible(name, 'dev'), pg_temp.eligible(name, 'staging'), pg_temp.eligible(name, 'production')]
$$;
create function pg_temp.went(name text, at timestamptz) returns boolean[]
language sql as $$
  select array(
    select ops.was_eligible_for_promotion(pg_temp.release(name), t, at)
    from unnest(array['dev', 'staging', 'production']) as t)
$$;
create function pg_temp.cleared(name text) returns text
language sql as $$
  select r.cleared_for::text
  from ops.releases r
  where r.release_id = pg_temp.release(name)
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to('rm-3', 'release_manager');

-- An objection to the release as a whole, of each kind and persona.
create temporary table objections as
select * from (values
  ('rejected', 'rm-2', 'release_manager', 'failed'), ('request_changes', 'rm-2', 'release_manager', 'unsatisfied'),
  ('rejected', 'qa-2', 'qa_tester', 'failed'), ('request_changes', 'sre-1', 'sre', 'unsatisfied')
) as t (decision, who, persona, state);
select pg_temp.ready(o.decision || o.who) from objections as o;
select pg_temp.mark('before');
select pg_temp.decide(o.decision || o.who, o.who, o.decision) from objections as o;
select pg_temp.mark('objected');
select is(
  pg_temp.goes(o.decision || o.who), '{t,f,f}',
  format('%s by %s keeps it out of staging and production', o.decision, o.who)
)
from objections as o;
select is(
  pg_temp.kept_out(o.decision || o.who, t.name), array[format('release approval %s %s', o.persona, o.state)],
  format('%s by %s is the one blocker of %s', o.decision, o.who, t.name)
)
from objections as o cross join unnest(array['staging', 'production']) as t (name);
select is(
  array(select pg_temp.cleared(o.decision || o.who) from objections as o), '{dev,dev,dev,dev}',
  'what is stored says so too'
);
select is(pg_temp.stored('rejectedrm-2', 'G3'), 'passed', 'it fails no gate');
select is(pg_temp.differences(), '{}', 'views and functions agree while objections stand');
select is(
  pg_temp.went('rejectedrm-2', pg_temp.at('before')), '{t,t,t}', 'replay before the objection does not know it'
);
select is(pg_temp.went('rejectedrm-2', pg_temp.at('objected')), '{t,f,f}', 'replay after the objection knows it');
select pg_temp.decide('rejectedrm-2', 'rm-1', 'approved');
select is(pg_temp.goes('rejectedrm-2'), '{t,f,f}', 'an approval by somebody else does not lift it');
select pg_temp.sign('rejectedrm-2', 120, 'G3', 'rm-2', 'approved');
select is(pg_temp.goes('rejectedrm-2'), '{t,f,f}', 'an approval of a gate does not lift it');
select pg_temp.decide(o.decision || o.who, o.who, 'approved') from objections as o;
select is(
  pg_temp.goes(o.decision || o.who), '{t,t,t}', format('the same person lifts %s by %s', o.decision, o.who)
)
from objections as o;
select is(pg_temp.went('rejectedrm-2', pg_temp.at('objected')), '{t,f,f}', 'the past does not change with it');
select pg_temp.decide('rejectedrm-2', 'rm-2', 'request_changes');
select is(pg_temp.goes('rejectedrm-2'), '{t,f,f}', 'a later request for changes counts again');
select is(pg_temp.differences(), '{}', 'views and functions agree after objections were lifted');

-- What covers it.
select pg_temp.deploy('rejectedqa-2', 120, 'staging', 's-1', 'succeeded');
select pg_temp.decide('rejectedqa-2', 'qa-2', 'rejected');
select pg_temp.except_for('rejectedqa-2', t.type, t.gates)
from (values
  ('gate_bypass', '{G1,G2}'), ('gate_bypass', '{G1,G3}'), ('gate_bypass', '{G2,G3,G4}'),
  ('evidence_waiver', '{G1,G2,G3}'), ('timing_override', '{G1,G2,G3,G4}')
) as t (type, gates);
select is(pg_temp.goes('rejectedqa-2'), '{t,f,f}', 'no exception covers it but a bypass of G1, G2 and G3');
select pg_temp.deploy('rejectedqa-2', 120, 'staging', 's-2', 'succeeded');
select pg_temp.deploy('rejectedqa-2', 120, 'staging', 's-4', 'in_progress');
select pg_temp.except_for('rejectedqa-2', 'gate_bypass', '{G3,G1,G2}');
select is(pg_temp.goes('rejectedqa-2'), '{t,t,t}', 'a bypass that names G1, G2 and G3 covers it');
select pg_temp.deploy('rejectedqa-2', 120, 'staging', 's-3', 'succeeded');
select pg_temp.deploy('rejectedqa-2', 121, 'staging', 's-4', 'succeeded');
select is((pg_temp.deployment('rejectedqa-2', 's-4')).status, 'succeeded', 'what was not eligible is reported again');
select is(
  (select array_agg(array[d.was_eligible::text, array_length(d.excepted_by, 1)::text] order by d.deployment_ref)
   from ops.deployments as d
   where d.release_id = pg_temp.release('rejectedqa-2')),
  array[array['true', null], array['false', null], array['true', '1'], array['false', null]],
  'deployments are judged by it; one that was not eligible before stays so, and it needed no exception'
);
select is(pg_temp.differences(), '{}', 'views and functions agree under exceptions for an objection');

-- A contested decision whose gate could not be read ends with an objection to the release as a whole too.
select pg_temp.ready(t.name) from unnest(array['contested', 'contested twice']) as t (name);
select ops.ingest_event(pg_temp.event('gate_signoff', t.name, 120, jsonb_build_object(
  'decision', 'rejected', 'approver_id', 'rm-2', 'persona_role', 'release_manager',
  'rationale_structured', '{"why": "known"}'::jsonb), 'G9')) ->> 'error'
from unnest(array['contested', 'contested twice']) as t (name);
select is(
  pg_temp.kept_out('contested', 'staging'), array['release contested_report rm-2 failed'],
  'a decision whose gate cannot be read is contested'
);
select pg_temp.decide('contested twice', 'rm-2', 'request_changes');
select is(
  pg_temp.kept_out('contested twice', 'staging'), array['release approval release_manager unsatisfied'],
  'an objection of the same person to the release as a whole stands instead'
);
select pg_temp.decide('contested', 'rm-2', 'approved');
select is(pg_temp.goes('contested'), '{t,t,t}', 'an approval of the same person ends it');

-- An exception with an objection.
create function pg_temp.bypass(name text) returns uuid
language sql as $$
  select x.exception_id
  from ops.exceptions x
  where x.release_id = pg_temp.release(name) order by x.created_at limit 1
$$;
create function pg_temp.exception_says(name text) returns text
language sql as $$
  select concat_ws(' ', v.state, v.authorises, v.approvals, 'of', v.approvals_needed, v.objection is not null)
  from ops.v_exception_status v
  where v.exception_id = pg_temp.bypass(name)
$$;
select pg_temp.open(t.name) from unnest(array['rejected', 'request_changes', 'two', 'ended']) as t (name);
select pg_temp.except_for(t.name, 'gate_bypass', '{G1,G2,G3}')
from unnest(array['rejected', 'request_changes', 'two']) as t (name);
select pg_temp.mark('excepted');
select is(pg_temp.goes('rejected'), '{t,t,t}', 'an exception needs its approver alone');
select is(pg_temp.exception_says('rejected'), 'active t 1 of 1 f', 'the view says that it authorises');
select pg_temp.decide(t.decision, 'rm-2', t.decision, pg_temp.bypass(t.decision))
from unnest(array['rejected', 'request_changes']) as t (decision);
select is(pg_temp.goes(t.name), '{t,f,f}', format('%s on the exception takes its effect away', t.name))
from unnest(array['rejected', 'request_changes']) as t (name);
select is(
  pg_temp.exception_says('rejected'), 'active f 1 of 1 t', 'it is active, and the view says why it authorises nothing'
);
select is(pg_temp.stored('rejected', 'G2'), 'pending', 'the gates are judged again at once');
select is(
  pg_temp.went('rejected', pg_temp.at('excepted')), '{t,t,t}', 'replay before the objection counts the exception'
);
select is(pg_temp.differences(), '{}', 'views and functions agree while an exception authorises nothing');
select pg_temp.decide('rejected', 'rm-2', 'approved', pg_temp.bypass('rejected'));
select is(pg_temp.goes('rejected'), '{t,t,t}', 'the same person gives it back');
select pg_temp.decide('request_changes', 'rm-1', 'rejected', pg_temp.bypass('request_changes'));
select pg_temp.decide('request_changes', 'rm-2', 'approved', pg_temp.bypass('request_changes'));
select is(pg_temp.goes('request_changes'), '{t,f,f}', 'the approver''s own rejection counts');
select pg_temp.decide('two', 'rm-2', 'rejected');
select is(pg_temp.goes('two'), '{t,t,t}', 'an objection to the release is none to its exception');

-- How many must approve it: the most that its gates ask.
select pg_temp.set_policy('G2', '[{"kind": "approval", "subject": "qa_tester"},
  {"kind": "exception_approvals", "min_count": 2}]', 'pgtap/project');
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "exception_approvals", "min_count": 3}]', 'pgtap/project');
select throws_ok(
  $$ select pg_temp.set_policy('G4', '[{"kind": "deployment_health"},
       {"kind": "exception_approvals", "min_count": 9, "enforcement": "advisory"}]', 'pgtap/project') $$,
  'OPS10', null, 'a number that would only be advice is refused'
);
select pg_temp.open(t.gates, initiator => 'rm-2')
from unnest(array['{G1}', '{G1,G2}', '{G1,G2,G3}', '{G4}']) as t (gates);
select pg_temp.except_for(t.gates, 'gate_bypass', t.gates)
from unnest(array['{G1}', '{G1,G2}', '{G1,G2,G3}', '{G4}']) as t (gates);
select is(
  array(
    select pg_temp.exception_says(t.gates) from unnest(array['{G1}', '{G1,G2}', '{G1,G2,G3}', '{G4}']) as t (gates)
  ),
  array['active t 1 of 1 f', 'active f 1 of 2 f', 'active f 1 of 3 f', 'active t 1 of 1 f'],
  'an exception needs the most that its gates ask'
);
select pg_temp.decide('{G1,G2}', d.who, 'approved', pg_temp.bypass('{G1,G2}'))
from unnest(array['rm-1', 'rm-2', 'qa-1', 'sre-1']) as d (who);
select is(
  pg_temp.exception_says('{G1,G2}'), 'active f 1 of 2 f',
  'neither its approver again, nor the initiator, nor another role counts'
);
select is(pg_temp.goes('{G1,G2}'), '{t,f,f}', 'it authorises nothing yet');
select pg_temp.mark('one approval');
select pg_temp.decide('{G1,G2}', 'rm-3', 'approved', pg_temp.bypass('{G1,G2}'));
select is(pg_temp.goes('{G1,G2}'), '{t,t,f}', 'another release manager completes it');
select is(pg_temp.went('{G1,G2}', pg_temp.at('one approval')), '{t,f,f}', 'replay counts the approvals of the moment');
select pg_temp.build('{G1,G2}', 120, 'pass',
  jsonb_build_object('artifacts', jsonb_build_array(jsonb_build_object('name', 'app', 'sha256', repeat('a', 64)))));
select is(
  pg_temp.exception_says('{G1,G2}'), 'active f 1 of 2 f',
  'an approval of other artifacts does not count; that the exception was granted does'
);
select is(pg_temp.goes('{G1,G2}'), '{t,f,f}', 'and the exception authorises nothing any more');
select pg_temp.decide('{G1,G2}', 'rm-3', 'approved', pg_temp.bypass('{G1,G2}'));
select pg_temp.decide('{G1,G2,G3}', 'rm-3', 'approved', pg_temp.bypass('{G1,G2,G3}'));
select is(pg_temp.goes('{G1,G2,G3}'), '{t,f,f}', 'two of three are not enough');
select is(pg_temp.differences(), '{}', 'views and functions agree while approvals of exceptions are missing');

-- One person, one gate.
select pg_temp.set_policy(t.code, '[]', 'pgtap/project') from unnest(array['G2', 'G3', 'G4']) as t (code);
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "build"},
  {"kind": "approval", "subject": "release_manager", "enforcement": "advisory"}]', 'pgtap/project');
select pg_temp.set_policy('G4', '[{"kind": "approval", "subject": "release_manager"}]', 'pgtap/project');
select pg_temp.ready('one gate');
select is(pg_temp.stored('one gate', 'G3'), 'passed', 'G3 passes by an approval of somebody who approved nothing else');
select pg_temp.sign('one gate', 120, 'G4', 'rm-1', 'approved');
select is(pg_temp.stored('one gate', 'G4'), 'in_progress', 'the approver of G3 does not count on G4');
select pg_temp.sign('one gate', 120, 'G4', 'rm-2', 'approved');
select is(pg_temp.stored('one gate', 'G4'), 'passed', 'another release manager does');
select pg_temp.sign('one gate', 120, 'G1', 'rm-1', 'approved');
select is(
  array[pg_temp.stored('one gate', 'G3'), pg_temp.stored('one gate', 'G4')], '{in_progress,passed}',
  'an approval of G1 by the approver of G3 re-opens G3 at once'
);
select pg_temp.sign('one gate', 120, 'G1', 'rm-2', 'approved');
select is(
  pg_temp.stored('one gate', 'G4'), 'in_progress', 'an approval of G1 by the approver of G4 re-opens G4 at once'
);
select pg_temp.sign('one gate', 120, 'G1', 'rm-1', 'request_changes');
select pg_temp.sign('one gate', 120, 'G1', 'rm-2', 'request_changes');
select is(
  array(
    select f.state::text
    from unnest(array['G3', 'G4']) as t (code)
    cross join ops.gate_findings(pg_temp.gate('one gate', t.code)) as f
    where f.kind = 'approval'
  ), '{satisfied,satisfied}',
  'who no longer approves the earlier gate counts again'
);
select pg_temp.ready('reversed');
select pg_temp.sign('reversed', 120, 'G4', 'rm-2', 'approved');
select pg_temp.sign('reversed', 120, 'G3', 'rm-2', 'approved');
select is(
  pg_temp.stored('reversed', 'G4'), 'in_progress', 'an approval of G3 by the approver of G4 re-opens G4 at once'
);
select pg_temp.set_policy('G1', '[{"kind": "check", "subject": "build"},
  {"kind": "approval", "subject": "release_manager", "valid_for": 1}]', 'pgtap/project');
select pg_temp.set_policy('G4', format('[{"kind": "approval", "subject": "release_manager",
  "one_gate": %1$s, "not_initiator": %1$s}]', t.separate)::jsonb, t.project)
from (values ('false', 'pgtap/joined'), ('true', 'pgtap/project')) as t (separate, project);
select pg_temp.ready('lapsed');
select pg_temp.sign('lapsed', 120, 'G1', 'rm-1', 'approved');
select pg_temp.sign('lapsed', 120, 'G1', 'rm-2', 'approved');
select pg_temp.sign('lapsed', 120, 'G4', 'rm-2', 'approved');
select pg_temp.wait_until(max(a.created_at) + interval '1 second')
from ops.approvals as a
where a.release_id = pg_temp.release('lapsed');
select is(
  ops.evaluate_gate(pg_temp.gate('lapsed', 'G4')), 'in_progress',
  'an approval of G1 that has lapsed still bars its approver from G4'
);
select ops.open_release('pgtap/joined', 'joined', 'production', 'sha-1', initiating_actor => 'dev-1');
select ops.ingest_event(pg_temp.event('gate_signoff', 'joined', 120, jsonb_build_object(
  'decision', 'approved', 'approver_id', 'rm-1', 'persona_role', 'release_manager',
  'rationale_structured', '{"why": "known"}'::jsonb), t.gate)
  || jsonb_build_object('release_id', r.release_id))
from ops.releases as r cross join unnest(array['G3', 'G4']) as t (gate)
where r.project = 'pgtap/joined';
select is(
  (select g.status::text from ops.release_gates as g inner join ops.releases as r on g.release_id = r.release_id
   where r.project = 'pgtap/joined' and g.gate_code = 'G4'), 'passed',
  'a policy may switch separation of duties off'
);

select finish();
rollback;
