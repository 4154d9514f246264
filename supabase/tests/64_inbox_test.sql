begin;
create extension if not exists pgtap with schema extensions;
select plan(72);

\ir helpers/functions.psql

-- What waits for `who` as `role` on the release `name`: "kind gate" of each item, sorted.
create function pg_temp.waits(role text, who text, name text) returns text
language sql as $$
  select pg_temp.as_person(role, who, format(
    'select coalesce(string_agg(concat_ws('' '', i ->> ''kind'', i ->> ''gate_code''), '', ''
       order by i ->> ''kind'', i ->> ''gate_code''), ''nothing'')
     from jsonb_array_elements(ops.inbox() -> ''items'') as i where i ->> ''release_name'' = %L', name))
$$;
-- One field of the item of a kind that waits for them there.
create function pg_temp.item(role text, who text, name text, kind text, field text) returns text
language sql as $$
  select pg_temp.as_person(role, who, format(
    'select i ->> %L from jsonb_array_elements(ops.inbox() -> ''items'') as i
     where i ->> ''release_name'' = %L and i ->> ''kind'' = %L', field, name, kind))
$$;
\ir helpers/decide.psql

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to('dev-2', 'developer');
select pg_temp.grant_to('sre-2', 'sre');

-- Gates, each in its turn.
select pg_temp.open('new');
select is(pg_temp.waits(p.role, p.who, 'new'), 'nothing', 'before the build nothing waits for a ' || p.role)
from (values
  ('qa_tester', 'qa-1'), ('release_manager', 'rm-1'), ('sre', 'sre-1'), ('developer', 'dev-1'),
  ('audit_reader', 'audit-1')
) as p (role, who);
select is(
  (select i ->> 'role' from jsonb_array_elements(ops.inbox() -> 'items') as i
  where i ->> 'release_name' = 'new'),
  'ci_service_role', 'the secret key sees what waits for anybody, here for the pipeline'
);
select pg_temp.build('new', 1, 'pass');
select is(
  pg_temp.waits('qa_tester', 'qa-1', 'new'), 'sign_off G2', 'a built release waits for the sign-off of a tester'
);
select is(pg_temp.waits(p.role, p.who, 'new'), 'nothing', 'and for nothing of a ' || p.role)
from (values
  ('release_manager', 'rm-1'), ('sre', 'sre-1'), ('developer', 'dev-1'), ('audit_reader', 'audit-1')
) as p (role, who);
select is(
  pg_temp.item('qa_tester', 'qa-1', 'new', 'sign_off', 'gate_id'), pg_temp.gate('new', 'G2')::text, 'it names the gate'
);
select is(
  pg_temp.item('qa_tester', 'qa-1', 'new', 'sign_off', 'since')::timestamptz,
  (select g.resolved_at from ops.release_gates as g
  where g.gate_id = pg_temp.gate('new', 'G1')),
  'it waits since the gate before it passed'
);
select isnt(pg_temp.item('qa_tester', 'qa-1', 'new', 'sign_off', t.field), null, 'it says ' || t.field)
from unnest(array['role', 'project', 'release_id', 'environment_target', 'what', 'remedy']) as t (field);
select pg_temp.sign('new', 2, 'G2', 'qa-1', 'approved');
select is(
  pg_temp.waits('qa_tester', 'qa-1', 'new'), 'missing G2', 'who signed off without evidence still owes the evidence'
);
select pg_temp.sign('new', 2.5, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.waits('qa_tester', 'qa-1', 'new'), 'nothing', 'what is done waits no more');
select is(pg_temp.waits('release_manager', 'rm-1', 'new'), 'sign_off G3', 'then it waits for a release manager');
select pg_temp.sign('new', 3, 'G3', 'rm-1', 'approved', 'rollback_plan');
select is(pg_temp.waits('release_manager', 'rm-1', 'new'), 'nothing', 'until they signed off');
select is(pg_temp.waits('sre', 'sre-1', 'new'), 'missing G4', 'an eligible release waits for its deployment');

-- G4.
select pg_temp.deploy('new', 4, 'production', 'p1', 'succeeded');
select is(pg_temp.waits('sre', 'sre-1', 'new'), 'missing G4', 'a deployment waits for its health check');
select pg_temp.health('new', 5, 'production', 'p1', 'fail');
select is(pg_temp.waits('sre', 'sre-1', 'new'), 'failed G4', 'an sre sees that G4 failed, also of a promoted release');
select is(pg_temp.waits('qa_tester', 'qa-1', 'new'), 'nothing', 'and a tester does not');
select pg_temp.health('new', 6, 'production', 'p1', 'pass');
select is(pg_temp.waits('sre', 'sre-1', 'new'), 'nothing', 'until it passes');
select pg_temp.ready('staged');
select pg_temp.deploy('staged', 4, 'staging', 's1', 'failed');
select pg_temp.deploy('staged', 5, 'production', 'p1', 'succeeded');
select is(
  pg_temp.waits('sre', 'sre-1', 'staged'), 'failed G4, missing G4',
  'a failure in staging is named beside what production waits for'
);

-- Whoever may not sign is not asked.
select pg_temp.open('of a tester', initiator => 'qa-2');
select pg_temp.build('of a tester', 1, 'pass');
select is(
  array[pg_temp.waits('qa_tester', 'qa-1', 'of a tester'), pg_temp.waits('qa_tester', 'qa-2', 'of a tester')],
  array['sign_off G2', 'missing G2'], 'an initiator sees no sign-off that would not count, only the evidence'
);
select pg_temp.open('of a manager', initiator => 'rm-2');
select pg_temp.build('of a manager', 1, 'pass');
select pg_temp.sign('of a manager', 2, 'G2', 'qa-1', 'approved', 'test_result');
select is(
  array[pg_temp.waits('release_manager', 'rm-1', 'of a manager'),
    pg_temp.waits('release_manager', 'rm-2', 'of a manager')],
  array['sign_off G3', 'nothing'], 'nor does a release manager of their own release'
);
select pg_temp.grant_to('two', 'qa_tester');
select pg_temp.open('two gates');
select pg_temp.build('two gates', 1, 'pass');
select pg_temp.sign('two gates', 2, 'G2', 'two', 'approved', 'test_result');
select pg_temp.grant_to('two', 'release_manager');
select is(
  array[pg_temp.waits('release_manager', 'rm-1', 'two gates'), pg_temp.waits('release_manager', 'two', 'two gates')],
  array['sign_off G3', 'nothing'], 'nobody is asked for two gates of one release'
);

-- Builds that fail.
select pg_temp.open('broken');
select pg_temp.build('broken', 1, 'fail');
select is(
  array[pg_temp.waits('developer', 'dev-1', 'broken'), pg_temp.waits('developer', 'dev-2', 'broken')],
  array['failed G1', 'nothing'], 'a developer sees the failed builds of their own releases'
);
select pg_temp.build('broken', 2, 'pass');
select is(pg_temp.waits('developer', 'dev-1', 'broken'), 'nothing', 'until the build passes');

-- What a developer reported by hand, at the gate of somebody else.
select pg_temp.open('by hand');
select pg_temp.build('by hand', 3, 'pass');
select pg_temp.as_person('developer', 'dev-1', format(
  'with written as (
     insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
     values (%L, %L, ''lint'', ''manual'', ''fail'')) select ''recorded''',
  pg_temp.release('by hand'), pg_temp.gate('by hand', 'G2')));
select is(
  array[pg_temp.waits('developer', 'dev-1', 'by hand'), pg_temp.waits('developer', 'dev-2', 'by hand')],
  array['failed G2', 'nothing'], 'a developer sees what they reported by hand at any gate of their own releases'
);

-- Objections.
select pg_temp.sign('broken', 3, 'G2', 'qa-1', t.decision)
from unnest(array['request_changes']) as t (decision);
select is(
  array[pg_temp.waits('qa_tester', 'qa-1', 'broken'), pg_temp.waits('qa_tester', 'qa-2', 'broken')],
  array['missing G2, objection G2', 'missing G2'], 'who requested changes decides again; nobody else is asked'
);
select pg_temp.sign('broken', 120, 'G2', 'qa-1', 'rejected');
select is(
  pg_temp.waits('qa_tester', 'qa-1', 'broken'), 'missing G2, objection G2', 'who rejected likewise'
);
select is(pg_temp.waits('release_manager', 'rm-1', 'broken'), 'nothing', 'while they can, no manager may dismiss it');
select pg_temp.sign('broken', 120, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.waits('qa_tester', 'qa-1', 'broken'), 'nothing', 'an approval ends it');
select pg_temp.decide('broken', 'rm-2', 'rejected');
select is(
  array[pg_temp.waits('release_manager', 'rm-1', 'broken'), pg_temp.waits('release_manager', 'rm-2', 'broken')],
  array['sign_off G3', 'objection, sign_off G3'], 'an objection to the release as a whole is its author''s'
);
select pg_temp.decide('broken', 'rm-2', 'approved');
select is(pg_temp.waits('release_manager', 'rm-2', 'broken'), 'sign_off G3', 'until they approve');

-- Stops that nobody else can lift.
select pg_temp.grant_to('qa-left', 'qa_tester');
select pg_temp.open('left');
select pg_temp.build('left', 1, 'pass');
select pg_temp.sign('left', 2, 'G2', 'qa-left', 'rejected');
select pg_temp.revoke_from('qa-left');
select is(
  pg_temp.waits('release_manager', 'rm-2', 'left'), 'dismissible G2',
  'the objection of somebody who left can be dismissed'
);
select pg_temp.as_person('release_manager', 'rm-2', 'select ops.dismiss(%L, ''they left'') ->> ''kind''',
  pg_temp.item('release_manager', 'rm-2', 'left', 'dismissible', 'fact'));
select is(pg_temp.waits('release_manager', 'rm-2', 'left'), 'nothing', 'once');
select is(pg_temp.waits('qa_tester', 'qa-1', 'left'), 'sign_off G2', 'and the gate waits for a sign-off again');
select pg_temp.ready('stalled');
select pg_temp.deploy('stalled', 4, 'production', 'p1', 'in_progress');
select is(pg_temp.waits('release_manager', 'rm-2', 'stalled'), 'nothing', 'a deployment in progress is left to go on');
reset role;
create or replace function ops_private.stalls_after() returns interval
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return '0';
end
$$;
set local role service_role;
select is(pg_temp.waits('release_manager', 'rm-2', 'stalled'), 'dismissible G4', 'a day later it can be dismissed');
select is(
  pg_temp.waits('release_manager', 'rm-1', 'stalled'), 'nothing', 'by nobody who approved something of the release'
);

-- Reports that were refused.
select pg_temp.open('contested');
select pg_temp.build('contested', 1, 'fail', '{"check_name": "lint", "checks": 1}');
select is(
  array[pg_temp.waits('developer', 'dev-1', 'contested'), pg_temp.waits('release_manager', 'rm-2', 'contested'),
    pg_temp.waits('qa_tester', 'qa-1', 'contested')],
  array['contested_report G1', 'dismissible G1', 'nothing'],
  'a refused report of a failed build waits for its developer, and for a manager who can dismiss it'
);
select is(
  pg_temp.item('developer', 'dev-1', 'contested', 'contested_report', 'fact'),
  (select c.contested_id::text from ops.contested_reports as c
  where c.release_id = pg_temp.release('contested')),
  'it names the report'
);
select pg_temp.build('contested', 2, 'pass', '{"checks": [{"check_name": "lint", "status": "pass"}]}');
select is(pg_temp.waits('developer', 'dev-1', 'contested'), 'nothing', 'until the build passes');
select ops.ingest_event(pg_temp.event('gate_signoff', 'contested', 120, jsonb_build_object(
  'decision', 'rejected', 'approver_id', 'qa-1', 'persona_role', 'qa_tester', 'rationale_structured', 1), 'G2'));
select is(
  array[pg_temp.waits('qa_tester', 'qa-1', 'contested'), pg_temp.waits('qa_tester', 'qa-2', 'contested')],
  array['contested_report G2, sign_off G2', 'sign_off G2'], 'a refused objection is its author''s'
);

-- Exceptions.
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "exception_approvals", "min_count": 2}]', 'pgtap/project');
select pg_temp.open('excepted', initiator => 'rm-2');
select set_config('pgtap.exception', pg_temp.except_for('excepted', 'gate_bypass', '{G3}')::text, true);
select pg_temp.grant_to('rm-3', 'release_manager');
select is(
  array(
    select pg_temp.waits('release_manager', w.who, 'excepted') from unnest(array['rm-1', 'rm-2', 'rm-3']) as w (who)),
  array['nothing', 'nothing', 'exception_decision'],
  'an exception waits for a manager who neither approved it nor started the release'
);
select pg_temp.decide('excepted', 'rm-3', 'approved', current_setting('pgtap.exception')::uuid);
select is(pg_temp.waits('release_manager', 'rm-3', 'excepted'), 'nothing', 'until there are enough approvals');
select pg_temp.as_person('release_manager', 'rm-1',
  'with u as (update ops.exceptions set revoked_at = now() where exception_id = %L) select 1',
  current_setting('pgtap.exception'));
select is(
  array(
    select pg_temp.waits('release_manager', w.who, 'excepted') from unnest(array['rm-1', 'rm-2', 'rm-3']) as w (who)),
  array['nothing', 'exception_review', 'nothing'], 'one that ended waits for a review by who did not approve it'
);
select pg_temp.as_person('release_manager', 'rm-2',
  'with u as (update ops.exceptions set post_review_status = ''complete'' where exception_id = %L) select 1',
  pg_temp.item('release_manager', 'rm-2', 'excepted', 'exception_review', 'fact'));
select is(pg_temp.waits('release_manager', 'rm-2', 'excepted'), 'nothing', 'once');
select pg_temp.open('approved once', initiator => 'dev-1');
select set_config('pgtap.exception', pg_temp.except_for('approved once', 'gate_bypass', '{G3}')::text, true);
select pg_temp.decide('approved once', 'rm-3', d, current_setting('pgtap.exception')::uuid)
from unnest(array['approved', 'rejected']) as d;
select pg_temp.as_person('release_manager', 'rm-1',
  'with u as (update ops.exceptions set revoked_at = now() where exception_id = %L) select 1',
  current_setting('pgtap.exception'));
select is(
  array(select pg_temp.waits('release_manager', w.who, 'approved once') from unnest(array['rm-2', 'rm-3']) as w (who)),
  array['exception_review', 'nothing'], 'who ever approved an exception is not asked to review it'
);

-- What nobody in the role can do waits for the secret key.
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager", "approvers": ["rm-3"]}]',
  'pgtap/project');
select pg_temp.open('left alone');
select pg_temp.build('left alone', 1, 'pass');
select pg_temp.sign('left alone', 2, 'G2', 'qa-1', 'approved', 'test_result');
select is(pg_temp.waits('release_manager', 'rm-3', 'left alone'), 'sign_off G3', 'who is named is asked');
select ops.revoke_membership('rm-3', null, null, 'rm-1', 'a test');
select is(
  (select array[i ->> 'kind', (position(f.remedy in i ->> 'remedy') > 0)::text]
  from jsonb_array_elements(ops.inbox() -> 'items') as i
  cross join ops.gate_findings(pg_temp.gate('left alone', 'G3')) as f
  where i ->> 'release_name' = 'left alone' and i ->> 'role' = 'service_role' and f.kind = 'approval'),
  array['missing', 'true'], 'a sign-off that too few can give is missing, and the finding''s remedy is what to do'
);
select pg_temp.open('bypassed');
select pg_temp.build('bypassed', 1, 'pass');
select pg_temp.except_for('bypassed', 'gate_bypass', '{G2}', approver => 'rm-2');
select is(pg_temp.waits('qa_tester', 'qa-1', 'bypassed'), 'nothing', 'a gate that is bypassed waits for nobody');

-- Incidents.
select pg_temp.as_person('sre', 'sre-1', format(
  'insert into ops.incidents (deployment_id, severity) values (%L, ''sev2'') returning 1',
  (pg_temp.deployment('new', 'p1')).deployment_id));
select is(
  array[pg_temp.waits('sre', 'sre-1', 'new'), pg_temp.waits('sre', 'sre-2', 'new'),
    pg_temp.waits('release_manager', 'rm-1', 'new')],
  array['incident', 'nothing', 'nothing'], 'an incident waits for the sre who recorded it'
);
select pg_temp.as_person('sre', 'sre-1',
  'with u as (update ops.incidents set resolved_at = clock_timestamp()) select 1');
select is(pg_temp.waits('sre', 'sre-1', 'new'), 'incident', 'when it is resolved, its review waits');
select pg_temp.as_person('sre', 'sre-1',
  'with u as (update ops.incidents set postmortem_status = ''complete'') select 1');
select is(pg_temp.waits('sre', 'sre-1', 'new'), 'nothing', 'until that is complete');

-- What is closed waits for nobody; who is no member is told nothing; and an inbox has an end.
select pg_temp.open('closed');
select pg_temp.build('closed', 1, 'pass');
select is(pg_temp.waits('qa_tester', 'qa-1', 'closed'), 'sign_off G2', 'an open release waits');
select ops.close_release(pg_temp.release('closed'), 'cancelled');
select is(pg_temp.waits('qa_tester', 'qa-1', 'closed'), 'nothing', 'a closed one does not');
select pg_temp.revoke_from('sre-2');
select throws_ok(
  $$ select pg_temp.as_person('sre', 'sre-2', 'select ops.inbox()') $$, '42501', null,
  'who was revoked is told nothing from the next statement on'
);
select throws_ok(
  format($$ select pg_temp.as_person(%L, 'bot-1', 'select ops.inbox()') $$, t.role), '42501', null,
  'nobody but people and the secret key has an inbox: ' || t.role
)
from unnest(array['ci_service_role', 'authenticated', 'anon']) as t (role);
create function pg_temp.whole(field text) returns text
language sql as $$
  select pg_temp.as_person('qa_tester', 'qa-1', format(
    'select case %L when ''items'' then jsonb_array_length(i -> ''items'')::text else i ->> %L end
     from ops.inbox() as i',
    field, field))
$$;
select is(pg_temp.whole('cut'), 'false', 'an inbox that is shown whole says so');
select is(pg_temp.whole('not_looked_at'), null, 'and that all releases were looked at');
select pg_temp.open('many ' || n) from generate_series(1, 51) as n;
select pg_temp.build('many ' || n, 1, 'pass') from generate_series(1, 51) as n;
select is(pg_temp.whole('cut'), 'true', 'one with more than 50 releases says that it is cut');
select cmp_ok(pg_temp.whole('items')::integer, '<=', 100, 'and ends');

select finish();
rollback;
