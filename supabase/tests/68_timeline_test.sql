begin;
create extension if not exists pgtap with schema extensions;
select plan(34);

\ir helpers/functions.psql

-- The whole timeline of the release `name`, oldest first, as a role sees it, page by page.
create function pg_temp.timeline(role text, who text, name text, most integer default 200)
returns setof ops.timeline_entry
language plpgsql as $$
declare
  v_page jsonb;
  v_entries jsonb := '[]';
  v_before text;
begin
  for v_pages in 1 .. 100 loop
    v_page := pg_temp.as_person(
      role, who, format('select ops.timeline(%%L, %L, %s)', v_before, most), pg_temp.release(name)::text);
    v_entries := v_entries || (v_page -> 'entries');
    v_before := v_page ->> 'before';
    exit when v_before is null;
  end loop;
  return query
  select e.* from jsonb_array_elements(v_entries) with ordinality as p
  cross join lateral jsonb_populate_record(null::ops.timeline_entry, p.value) as e
  order by p.ordinality desc;
end
$$;
-- Entries of some kinds, each as its columns that say something.
create function pg_temp.told(role text, who text, name text, kinds text) returns text[]
language sql as $$
  select array(
    select concat_ws(' ', e.kind, e.gate_code, e.subject, e.status, e.actor, e.actor_role, e.reason, e.environment,
      e.target) collate "C"
    from pg_temp.timeline(role, who, name) as e where e.kind::text = any (string_to_array(kinds, ' '))
    order by 1)
$$;
create function pg_temp.kinds(role text, who text, name text) returns text
language sql as $$
  select string_agg(distinct e.kind::text collate "C", ' ' order by e.kind::text collate "C") from pg_temp.timeline(role, who, name) as e
$$;
-- Moments about which the timeline and replay do not agree: of every fact, and the microsecond before it.
create function pg_temp.timeline_differs(name text) returns text[]
language sql security definer as $$
  with told as materialized (
    select e.at, e.gate_code, e.status
    from jsonb_array_elements(ops.timeline(pg_temp.release(name), "limit" => 200) -> 'entries') as p
    cross join lateral jsonb_populate_record(null::ops.timeline_entry, p) as e
    where e.kind = 'verdict'
  ), moments as (
    select r.created_at as at from ops.releases r where r.release_id = pg_temp.release(name)
    union
    select c.created_at from ops.gate_checks c where c.release_id = pg_temp.release(name)
    union
    select a.created_at from ops.approvals a where a.release_id = pg_temp.release(name)
    union
    select v.created_at from ops.evidence_artifacts v where v.release_id = pg_temp.release(name)
    union
    select unnest(array[x.created_at, x.effective_from, x.revoked_at, x.expires_at]) from ops.exceptions x
    where x.release_id = pg_temp.release(name)
    union
    select p.created_at from ops.deployment_reports p where p.release_id = pg_temp.release(name)
    union
    select t.created_at from ops.retired_releases t where t.release_id = pg_temp.release(name)
    union
    select c.created_at from ops.contested_reports c where c.release_id = pg_temp.release(name)
    union
    select n.created_at from ops.contested_report_ends n where n.release_id = pg_temp.release(name)
    union
    select d.created_at from ops.dismissals d where d.release_id = pg_temp.release(name)
    union
    select a.created_at + make_interval(secs => 1) from ops.approvals a where a.release_id = pg_temp.release(name)
    union
    select clock_timestamp()
  )
  select array(
    select concat_ws(' ', m.at, j.statuses, t.statuses)
    from moments as f
    cross join lateral unnest(array[f.at - interval '1 microsecond', f.at]) as m (at)
    join ops.releases r on r.release_id = pg_temp.release(name)
    -- What ops.gate_status_at asks, for the four gates at once.
    cross join lateral (select (ops_private.judge(r, 'G1', m.at)).statuses) as j
    cross join lateral (
      select array_agg(coalesce((
        select t.status from told as t where t.gate_code = g and t.at <= m.at order by t.at desc limit 1
      ), 'pending') order by g)::ops.ops_gate_status[] as statuses
      from unnest(enum_range(null::ops.ops_gate_code)) as g
    ) as t
    where m.at between r.created_at and clock_timestamp() and j.statuses <> t.statuses)
$$;

set local role service_role;
\ir helpers/members.psql
select pg_temp.grant_to('dev-2', 'developer');
select pg_temp.set_policy('G2', '[{"kind": "prior_gate", "subject": "G1"}, {"kind": "no_failed_checks"},
  {"kind": "approval", "subject": "qa_tester", "valid_for": 1}, {"kind": "evidence", "subject": "test_result"}]',
  'pgtap/project');

-- One release to which nothing happens but that an approval of G2 lapses; and one to which everything happens.
select pg_temp.ready('quiet');
select pg_temp.ready('whole');
select pg_temp.deploy('whole', 4, 'staging', 's1', 'in_progress');
select pg_temp.deploy('whole', 5, 'staging', 's1', 'succeeded');
select pg_temp.health('whole', 6, 'staging', 's1', 'fail');
select set_config('pgtap.bypass', pg_temp.except_for('whole', 'gate_bypass', '{G1,G3}')::text, true);
select pg_temp.except_for(
  'whole', 'gate_bypass', '{G4}', '300 milliseconds', clock_timestamp() + interval '300 milliseconds'
);
select pg_temp.mark('soon');
select pg_temp.except_for('whole', 'gate_bypass', '{G2}', '100 milliseconds');
select pg_temp.as_person('release_manager', 'rm-2', format(
  'with d as (insert into ops.approvals (release_id, exception_id, scope, approver_id, persona_role, decision,
     rationale_text, rationale_structured)
     values (%%L, %L, ''exception'', ''rm-2'', ''release_manager'', ''rejected'', ''too much'', ''{"risk": "low"}'')) select 1',
  current_setting('pgtap.bypass')), pg_temp.release('whole')::text);
select pg_temp.build('whole', 7, 'fail', '{"checks": [{"check_name": "unit", "status": "fail"}]}');
select ops.ingest_event(pg_temp.event('build_complete', 'whole', 8, '{"status": "fail", "checks": 1}'));
select pg_temp.build('whole', 9, 'pass', '{"checks": [{"check_name": "unit", "status": "pass"}]}');
select pg_temp.as_person('release_manager', 'rm-2', format(
  'with u as (update ops.exceptions set revoked_at = now() where exception_id = %L returning 1) select 1', '%s'),
  current_setting('pgtap.bypass'));
select ops.ingest_event(pg_temp.event(
  'build_complete', 'whole', 10, '{"status": "fail", "check_name": "lint", "checks": 2}'
));
select pg_temp.as_person('release_manager', 'rm-2', 'select ops.dismiss(%L, ''the sender is repaired'')', (
  select c.contested_id::text from ops.contested_reports as c
where c.release_id = pg_temp.release('whole')
  order by c.created_at desc limit 1));
select pg_temp.sign('whole', 120, 'G3', 'rm-2', 'rejected');
select pg_temp.as_person('sre', 'sre-1', format(
  'insert into ops.incidents (deployment_id, severity, detected_at, resolved_at, root_cause)
   values (%L, ''sev2'', now() - interval ''1 hour'', now(), ''a full disk'') returning 1',
  (pg_temp.deployment('whole', 's1')).deployment_id));
select pg_temp.as_person('release_manager', 'rm-2', format(
  'select ops.retire_target(''pgtap/project'', ''staging'', ''default'', ''it moved'')'));
select pg_temp.wait_until(pg_temp.at('soon') + '700 milliseconds');
select pg_temp.wait_until((select max(a.created_at) from ops.approvals as a
  where a.release_id = pg_temp.release('whole') and a.decision = 'approved') + interval '1100 milliseconds');
select pg_temp.as_person(
  'release_manager', 'rm-2', 'select ops.close_release(%L, ''superseded'')', pg_temp.release('whole')::text);

select pg_temp.as_person('release_manager', 'rm-2',
  'with u as (update ops.exceptions set post_review_status = ''complete''
     where release_id = %L and impacted_gates = ''{G4}'') select 1', pg_temp.release('whole')::text);

select is(pg_temp.timeline_differs(t.name), '{}', 'at every moment a timeline has the verdict of replay: ' || t.name)
from unnest(array['whole', 'quiet']) as t (name);
select is(
  (select array_agg(e.status_before || ' to ' || e.status order by e.at)
  from pg_temp.timeline('service_role', '', 'quiet') as e
where e.kind = 'verdict' and e.gate_code = 'G2'),
  '{pending to passed,passed to in_progress}', 'a verdict that changes with time alone is told'
);
select is(pg_temp.told('service_role', '', 'whole', t.kinds), t.said, 'what a timeline tells of: ' || t.kinds)
from (values
  ('opened closed', array['closed superseded rm-2 production', 'opened sha-1 service_role service_role production']),
  ('check', array[
    'check G1 build fail service_role service_role', 'check G1 build pass service_role service_role',
    'check G1 build pass service_role service_role', 'check G1 unit fail service_role service_role',
    'check G1 unit pass service_role service_role', 'check G4 health fail service_role service_role staging default'
  ]),
  ('decision', array[
    'decision G2 gate approved qa-1 qa_tester', 'decision G3 gate approved rm-1 release_manager',
    'decision G3 gate rejected rm-2 release_manager', 'decision exception rejected rm-2 release_manager too much'
  ]),
  ('evidence', array[
    'evidence G2 test_result service_role service_role https://evidence.test/1',
    'evidence G3 rollback_plan service_role service_role https://evidence.test/1',
    'evidence G4 health_check service_role service_role https://evidence.test/health staging default'
  ]),
  ('exception_opened exception_began exception_ended exception_revoked exception_reviewed', array[
    'exception_began G4 gate_bypass', 'exception_ended G2 gate_bypass', 'exception_ended G4 gate_bypass',
    'exception_opened G1, G3 gate_bypass rm-1 hotfix',
    'exception_opened G2 gate_bypass rm-1 hotfix',
    'exception_opened G4 gate_bypass rm-1 hotfix',
    'exception_reviewed G4 complete rm-2', 'exception_revoked G1, G3 gate_bypass rm-2'
  ]),
  ('deployment target_retired', array[
    'deployment G4 s1 in_progress service_role service_role staging default',
    'deployment G4 s1 succeeded service_role service_role staging default',
    'target_retired G4 rm-2 release_manager it moved staging default'
  ]),
  ('contested_report contested_report_ended dismissal', array[
    'contested_report G1 build_complete fail service_role service_role invalid_payload',
    'contested_report G1 build_complete fail service_role service_role invalid_payload',
    'contested_report_ended G1 build_complete fail rm-2 release_manager',
    'contested_report_ended G1 build_complete fail service_role service_role',
    'dismissal G1 contested_report rm-2 release_manager the sender is repaired'
  ]),
  ('incident incident_resolved', array[
    'incident sev2 sre-1 sre staging default', 'incident_resolved sev2 a full disk staging default'
  ]),
  ('lapsed', array['lapsed G2 approval'])
) as t (kinds, said);

-- What it points at.
select is(
  (select string_agg(distinct e.kind::text, ' ' order by e.kind::text)
  from pg_temp.timeline('service_role', '', 'whole') as e
  inner join ops.exceptions as x on e.about = x.exception_id), 'decision verdict',
  'a decision on an exception, and a verdict that an exception bypasses, name it'
);
select is(
  (select count(*) from pg_temp.timeline('service_role', '', 'whole') as e
  where e.about = (pg_temp.deployment('whole', 's1')).deployment_id), 4::bigint,
  'a check of a deployment, its evidence and both entries of its incident name the deployment'
);
select is(
  (select count(*) from pg_temp.timeline('service_role', '', 'whole') as e
  inner join ops.dismissals as d on (d.dismissal_id, d.contested_id) = (e.fact, e.about)), 1::bigint,
  'a dismissal names what it dismissed'
);

-- Pages.
select is(
  (select array_agg(e) from pg_temp.timeline('service_role', '', 'whole', n.most) as e),
  (select array_agg(e) from pg_temp.timeline('service_role', '', 'whole') as e),
  format('pages of %s facts have what one page has', n.most)
)
from unnest(array[1, 7]) as n (most);
select ok(
  jsonb_array_length(ops.timeline(pg_temp.release('whole'), null, 1) -> 'entries') between 1 and 5,
  'a page of one fact has one moment and what it changed'
);
select is(
  ops.timeline(pg_temp.release('whole'), '2001-01-01') - 'release_id', '{"before": null, "entries": []}'::jsonb,
  'nothing happened before the opening'
);
select throws_ok(
  format('select ops.timeline(%L, "limit" => %s)', pg_temp.release('whole'), t.most), '22023', null,
  'a page cannot have this many facts: ' || t.most
)
from unnest(array['0', '201', 'null']) as t (most);
select throws_ok('select ops.timeline(gen_random_uuid())', 'OPS04', null, 'an unknown release has no timeline');

-- Who is told what.
select is(pg_temp.kinds(t.role, t.who, 'whole'), t.kinds, format('what is for a %s %s', t.role, t.who))
from (values
  ('qa_tester', 'qa-1', 'check closed evidence opened verdict'),
  ('sre', 'sre-1', 'closed deployment incident incident_resolved opened target_retired verdict'),
  ('developer', 'dev-1', 'check closed opened verdict'),
  ('developer', 'dev-2', 'closed opened verdict'),
  ('audit_reader', 'audit-1', pg_temp.kinds('service_role', '', 'whole')),
  ('release_manager', 'rm-1', pg_temp.kinds('service_role', '', 'whole'))
) as t (role, who, kinds);
select is(
  (select array_agg(e) from pg_temp.timeline(t.role, t.who, 'whole') as e
where e.kind = 'verdict'),
  (select array_agg(e) from pg_temp.timeline('service_role', '', 'whole') as e
where e.kind = 'verdict'),
  'every change of a verdict is for a ' || t.role
)
from (values ('qa_tester', 'qa-1'), ('sre', 'sre-1'), ('developer', 'dev-2')) as t (role, who);
select throws_ok(
  format(
    $$ select pg_temp.as_person('ci_service_role', 'ci-1', 'select ops.timeline(%%L)', %L) $$, pg_temp.release('whole')
  ), '42501', null, 'a pipeline reads no timeline'
);

-- What only time makes is told when it is there, and what a revocation prevented is never.
select pg_temp.open('ahead');
select pg_temp.except_for('ahead', 'gate_bypass', '{G1}');
select pg_temp.except_for('ahead', 'gate_bypass', '{G2}', starts => clock_timestamp() + interval '1 hour');
update ops.exceptions set revoked_at = now()
where release_id = pg_temp.release('ahead') and impacted_gates = '{G2}';
select is(
  pg_temp.told('service_role', '', 'ahead', 'exception_began exception_ended exception_revoked'),
  array['exception_revoked G2 gate_bypass service_role'], 'no entry is in the future, and none of what never began'
);

select finish();
rollback;
