begin;
create extension if not exists pgtap with schema extensions;
select plan(37);

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
-- What a role was told of a release that nothing happens to any more: each reader reads it once.
create temporary table read_once (
  place integer generated always as identity, role text, who text, name text, entry ops.timeline_entry
);
create function pg_temp.read(role text, who text, name text) returns setof ops.timeline_entry
language plpgsql as $$
begin
  if not exists (select from read_once o where (o.role, o.who, o.name) = (read.role, read.who, read.name)) then
    insert into read_once (role, who, name, entry) select role, who, name, e from pg_temp.timeline(role, who, name) as e;
  end if;
  return query
  select (o.entry).* from read_once o where (o.role, o.who, o.name) = (read.role, read.who, read.name) order by o.place;
end
$$;
grant select, insert on read_once to service_role;
-- Entries of some kinds, each as its columns that say something, but for moments and ids. Each run is `run`.
create function pg_temp.told(role text, who text, name text, kinds text) returns text[]
language sql as $$
  select array(
    select e.kind || (
      select string_agg(
        format(' %s=%s', c.key, regexp_replace(c.value, '[0-9a-f-]{36}', 'run')), '' order by c.key collate "C")
      from jsonb_each_text(jsonb_strip_nulls(to_jsonb(e)
        - '{kind,at,observed_at,fact,exception_id,deployment_id,rollback_of,dismissed_fact}'::text[])) as c
    ) collate "C"
    from pg_temp.read(role, who, name) as e where e.kind::text = any (string_to_array(kinds, ' '))
    order by 1)
$$;
create function pg_temp.kinds(role text, who text, name text) returns text
language sql as $$
  select string_agg(distinct e.kind::text collate "C", ' ' order by e.kind::text collate "C") from pg_temp.read(role, who, name) as e
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
  (select array_agg(concat_ws(', ', e.gate_name, e.status_before || ' to ' || e.status, e.first_missing) order by e.at)
  from pg_temp.read('service_role', '', 'quiet') as e
where e.kind = 'verdict' and e.gate_code = 'G2'),
  array[
    'Validation Readiness, pending to passed',
    'Validation Readiness, passed to in_progress, approved by a qa_tester (0 of 1 approvals; does not count any more,'
    ' because the policy limits its time: qa-1)'
  ], 'a verdict that changes with time alone is told'
);
select is(pg_temp.told('service_role', '', 'whole', t.kinds), t.said, 'what a timeline tells of: ' || t.kinds)
from (values
  ('opened closed', array[
    'closed actor=rm-2 close_reason=superseded environment=production',
    'opened actor=service_role actor_role=service_role environment=production source_ref=sha-1'
  ]),
  ('check', array[
    'check actor=service_role actor_role=service_role check_name=build gate_code=G1 part=build'
      ' source_system=agent status=fail',
    'check actor=service_role actor_role=service_role check_name=build gate_code=G1 part=build'
      ' source_system=agent status=pass',
    'check actor=service_role actor_role=service_role check_name=build gate_code=G1 part=build'
      ' source_system=agent status=pass',
    'check actor=service_role actor_role=service_role check_name=health'
      ' environment=staging gate_code=G4 part=health source_system=agent status=fail target=default',
    'check actor=service_role actor_role=service_role check_name=unit gate_code=G1 part=build'
      ' source_system=agent status=fail',
    'check actor=service_role actor_role=service_role check_name=unit gate_code=G1 part=build'
      ' source_system=agent status=pass'
  ]),
  ('decision', array[
    'decision actor=qa-1 actor_role=qa_tester decision=approved gate_code=G2 scope=gate',
    'decision actor=rm-1 actor_role=release_manager decision=approved gate_code=G3 scope=gate',
    'decision actor=rm-2 actor_role=release_manager decision=rejected gate_code=G3 scope=gate',
    'decision actor=rm-2 actor_role=release_manager decision=rejected reason=too much scope=exception'
  ]),
  ('evidence', array[
    'evidence actor=service_role actor_role=service_role artifact_type=health_check'
      ' artifact_url=https://evidence.test/health environment=staging gate_code=G4 source_system=agent target=default',
    'evidence actor=service_role actor_role=service_role artifact_type=rollback_plan'
      ' artifact_url=https://evidence.test/1 gate_code=G3 source_system=agent',
    'evidence actor=service_role actor_role=service_role artifact_type=test_result'
      ' artifact_url=https://evidence.test/1 gate_code=G2 source_system=agent'
  ]),
  ('exception_opened exception_began exception_ended exception_revoked exception_reviewed', array[
    'exception_began exception_type=gate_bypass impacted_gates=["G4"]',
    'exception_ended exception_type=gate_bypass impacted_gates=["G2"]',
    'exception_ended exception_type=gate_bypass impacted_gates=["G4"]',
    'exception_opened actor=rm-1 exception_type=gate_bypass impacted_gates=["G1", "G3"] reason=hotfix',
    'exception_opened actor=rm-1 exception_type=gate_bypass impacted_gates=["G2"] reason=hotfix',
    'exception_opened actor=rm-1 exception_type=gate_bypass impacted_gates=["G4"] reason=hotfix',
    'exception_reviewed actor=rm-2 exception_type=gate_bypass impacted_gates=["G4"] status=complete',
    'exception_revoked actor=rm-2 exception_type=gate_bypass impacted_gates=["G1", "G3"]'
  ]),
  ('deployment target_retired', array[
    'deployment actor=service_role actor_role=service_role deployment_ref=s1 environment=staging gate_code=G4'
      ' status=in_progress target=default',
    'deployment actor=service_role actor_role=service_role deployment_ref=s1 environment=staging gate_code=G4'
      ' status=succeeded target=default',
    'target_retired actor=rm-2 actor_role=release_manager environment=staging gate_code=G4'
      ' reason=it moved target=default'
  ]),
  ('contested_report contested_report_ended dismissal', array[
    'contested_report actor=service_role actor_role=service_role error_code=invalid_payload event_type=build_complete'
      ' gate_code=G1 idempotency_key=agent/run/build_complete status=fail',
    'contested_report actor=service_role actor_role=service_role error_code=invalid_payload event_type=build_complete'
      ' gate_code=G1 idempotency_key=agent/run/build_complete status=fail',
    'contested_report_ended actor=rm-2 actor_role=release_manager event_type=build_complete gate_code=G1 status=fail',
    'contested_report_ended actor=service_role actor_role=service_role event_type=build_complete'
      ' gate_code=G1 idempotency_key=agent/run/build_complete status=fail',
    'dismissal actor=rm-2 actor_role=release_manager dismissed_kind=contested_report gate_code=G1'
      ' reason=the sender is repaired'
  ]),
  ('incident incident_resolved', array[
    'incident actor=sre-1 actor_role=sre environment=staging severity=sev2 target=default',
    'incident_resolved environment=staging root_cause=a full disk severity=sev2 target=default'
  ]),
  ('lapsed', array[
    'lapsed gate_code=G2 requirement_kind=approval'
  ])
) as t (kinds, said);

-- What it points at.
select is(
  (select string_agg(distinct e.kind::text, ' ' order by e.kind::text)
  from pg_temp.read('service_role', '', 'whole') as e
  inner join ops.exceptions as x on e.exception_id = x.exception_id),
  'decision exception_began exception_ended exception_opened exception_reviewed exception_revoked verdict',
  'all that happened to an exception, and a verdict that it bypasses, name it'
);
select is(
  (select count(*) from pg_temp.read('service_role', '', 'whole') as e
  where e.deployment_id = (pg_temp.deployment('whole', 's1')).deployment_id), 6::bigint,
  'reports of a deployment, its check, its evidence and both entries of its incident name it'
);
select is(
  (select count(*) from pg_temp.read('service_role', '', 'whole') as e
  inner join ops.dismissals as d on (d.dismissal_id, d.contested_id) = (e.fact, e.dismissed_fact)), 1::bigint,
  'a dismissal names what it dismissed'
);

-- Pages.
select is(
  (select array_agg(e) from pg_temp.timeline('service_role', '', 'whole', n.most) as e),
  (select array_agg(e) from pg_temp.read('service_role', '', 'whole') as e),
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
  (select array_agg(e) from pg_temp.read(t.role, t.who, 'whole') as e
where e.kind = 'verdict'),
  (select array_agg(e) from pg_temp.read('service_role', '', 'whole') as e
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
  array['exception_revoked actor=service_role exception_type=gate_bypass impacted_gates=["G2"]'],
  'no entry is in the future, and none of what never began'
);

-- Each moment is judged, and a judgement looks at each deployment.
reset role;
alter table ops.deployments disable trigger user; -- for each deployment they would look at all others
insert into ops.deployments
select (jsonb_populate_record(d, jsonb_build_object('deployment_id', gen_random_uuid(), 'deployment_ref', 'n' || n))).*
from pg_temp.deployment('whole', 's1') as d cross join generate_series(1, 499) as n;
alter table ops.deployments enable trigger user;
select is(
  array(select ops_private.facts_on_a_page(pg_temp.release(t.name), t.most)
    from (values ('whole', 200), ('whole', 7), ('quiet', 200)) as t (name, most)),
  '{20,7,200}', 'a page of a release with 500 deployments has at most 20 facts'
);
set local role service_role;
create temporary table page as select ops.timeline(pg_temp.release('whole'), null, 200) as said;
select is(
  (select count(*) from page, jsonb_array_elements(page.said -> 'entries') as e
where e ->> 'kind' <> 'verdict'), 20::bigint, 'and a timeline is made of such pages'
);
select ok((select page.said ->> 'before' is not null from page), 'and says where the next one begins');

select finish();
rollback;
