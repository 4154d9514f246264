-- Members and memberships, and that everybody acts in their own projects alone.
begin;
create extension if not exists pgtap with schema extensions;
select plan(41);

\ir helpers/functions.psql

-- Run a statement as `who` in `role`. Returns the code of the refusal, or how many rows it returned or changed.
create function pg_temp.as_member(who text, role text, statement text) returns text
language plpgsql as $$
declare
  v_rows bigint;
  v_said text;
begin
  perform set_config('request.jwt.claims', json_build_object('sub', who, 'session_id', 's-' || who)::text, true);
  perform set_config('role', role, true);
  execute statement;
  get diagnostics v_rows = row_count;
  v_said := v_rows || ' rows';
  perform set_config('role', 'none', true);
  perform set_config('request.jwt.claims', '', true);
  return v_said;
exception when others then
  perform set_config('role', 'none', true);
  perform set_config('request.jwt.claims', '', true);
  return sqlstate;
end
$$;

set local role service_role;
\ir helpers/members.psql

-- Two projects with the same people in each, and one person who holds three roles in two projects.
create function pg_temp.member(who text, role text, project text) returns void
language sql as $$ select ops.grant_membership(who, role, project, null, 'rm-1', 'a test') $$;
select pg_temp.member(r.role || '-' || p.letter, r.role, p.project)
from unnest(array['ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader']) as r (role)
cross join (values ('a', 'pgtap/project'), ('b', 'pgtap/other')) as p (letter, project);
select pg_temp.member('many', 'qa_tester', 'pgtap/project');
select pg_temp.member('many', 'release_manager', 'pgtap/project');
select pg_temp.member('many', 'sre', 'pgtap/other');

-- What a grant and a revocation refuse. Nothing changes.
create function pg_temp.refused(statement text) returns text
language plpgsql as $$
begin
  execute statement;
  return 'done';
exception when others then
  return sqlstate;
end
$$;
select results_eq(
  $$ select t.code, pg_temp.refused(t.statement) from (values
    ('OPS16', 'select pg_temp.member(''many'', ''sre'', ''pgtap/other'')'),
    ('OPS16', 'select pg_temp.member(''rm-1'', ''release_manager'', null)'),
    ('OPS13', 'select pg_temp.member(''bot-1'', ''release_manager'', null)'),
    ('OPS13', 'select pg_temp.member(''many'', ''ci_service_role'', ''pgtap/other'')'),
    ('OPS04', 'select pg_temp.member(''many'', ''sre'', ''pgtap/none'')'),
    ('23514', 'select pg_temp.member(''many'', ''boss'', null)'),
    ('23514', 'select ops.grant_membership(''x'', ''sre'', reason => ''why'')'),
    ('23514', 'select ops.grant_membership(''x'', ''sre'', on_behalf_of => ''rm-1'')'),
    ('OPS06', 'select ops.grant_membership(''x'', ''sre'', on_behalf_of => ''nobody'', reason => ''why'')'),
    ('OPS06', 'select ops.grant_membership(''x'', ''sre'', on_behalf_of => ''bot-1'', reason => ''why'')'),
    ('OPS06', 'select ops.revoke_membership(''nobody'', on_behalf_of => ''rm-1'', reason => ''why'')'),
    ('22023', 'select ops.revoke_membership(''many'', project => ''pgtap/other'', on_behalf_of => ''rm-1'', reason => ''why'')'),
    ('23514', 'select ops.revoke_membership(''many'', ''boss'', on_behalf_of => ''rm-1'', reason => ''why'')'),
    ('OPS04', 'select ops.revoke_membership(''many'', ''sre'', ''pgtap/none'', ''rm-1'', ''why'')')
  ) as t (code, statement) $$,
  $$ select c, c from unnest(array['OPS16', 'OPS16', 'OPS13', 'OPS13', 'OPS04', '23514', '23514', '23514', 'OPS06',
    'OPS06', 'OPS06', '22023', '23514', 'OPS04']) as c $$,
  'each wrong grant or revocation has a code of its own'
);
select is(
  (
    select count(*)::integer from ops.v_memberships as m
    where m.subject = 'many'
  ), 3, 'and changes nothing'
);
select is(
  ops.revoke_membership('sre-b', 'sre', 'pgtap/other', 'rm-1', 'why'),
  '{"revoked": [{"role": "sre", "project": "pgtap/other", "nobody_left": false}], "warnings": []}',
  'a revocation says whether somebody is left who can do it'
);
select is(
  ops.revoke_membership('sre-b', 'sre', 'pgtap/other', 'rm-1', 'why'), '{"revoked": [], "warnings": []}',
  'a revocation of what does not stand succeeds too'
);
select is(
  (
    select m.active from ops.members as m
    where m.subject = 'sre-b'
  ), false, 'who holds nothing is not active'
);
select pg_temp.member('sre-b', 'sre', 'pgtap/other');
select results_eq(
  $$ select s.granted from ops.memberships s join ops.members m using (member_id)
     where m.subject = 'sre-b' order by s.membership_id $$,
  array[true, false, true], 'each grant and revocation stays on record'
);

-- Each fact of a release has its project, in every table.
select pg_temp.ready('mine');
select pg_temp.deploy('mine', 20, 'staging', 's1', 'succeeded');
select pg_temp.health('mine', 30, 'staging', 's1', 'pass');
select pg_temp.except_for('mine', 'gate_bypass', '{G1}');
select pg_temp.answered(pg_temp.event('build_complete', 'mine', 40, '{"status": "fail", "artifact_ref": 7}'));
set local role none;
create function pg_temp.without_project() returns setof text
language plpgsql as $$
declare
  v_table text;
begin
  for v_table in
    select c.relname from pg_catalog.pg_class c
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'release_id' and not a.attisdropped
    where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and c.relname <> 'releases'
  loop
    return query execute format(
      'select %L::text from ops.%I f join ops.releases r using (release_id)'
      ' where f.project is distinct from r.project limit 1', v_table, v_table);
  end loop;
end
$$;
select is_empty('select * from pg_temp.without_project()', 'each fact has the project of its release');
select is_empty(
  $$ select c.relname from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and c.relname not in ('members', 'replaced_subjects')
       and not exists (
         select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'project' and not a.attisdropped
       ) $$, 'every table but those of members says of which project a row is'
);
select is_empty(
  $$ select c.relname from pg_catalog.pg_class c
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and not exists (
       select from pg_catalog.pg_policy p
       where p.polrelid = c.oid and not p.polpermissive
         and pg_get_expr(p.polqual, p.polrelid) ~ 'sees_all' and pg_get_expr(p.polqual, p.polrelid) ~ 'my_projects|my_colleagues'
     ) $$, 'a restrictive policy of every table asks for the project'
);

-- Reading: in each table a member of the project finds rows, and a member of the other one none.
create function pg_temp.rows_of(who text, role text, relation text) returns text
language sql as $$
  select pg_temp.as_member(who, role, format('select from ops.%I t where t.project = %L', relation, 'pgtap/project'))
$$;
create temp table readable as
select
  r.role,
  t.relation
from unnest(array['ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader']) as r (role)
cross join lateral (
  select c.relname::text as relation from pg_catalog.pg_class as c
  where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and c.relname not in ('members', 'replaced_subjects')
    and has_table_privilege(r.role, c.oid, 'select')
) as t;
select is_empty(
  $$ select t.role, t.relation, pg_temp.rows_of(t.role || '-b', t.role, t.relation) from readable t
     where pg_temp.rows_of(t.role || '-b', t.role, t.relation) <> '0 rows' $$,
  'nobody reads a row of another project'
);
select isnt_empty(
  $$ select from readable t where pg_temp.rows_of(t.role || '-a', t.role, t.relation) not in ('0 rows', '42501') $$,
  'a member of the project reads them'
);
select is_empty(
  $$ select c.relname, b.role from pg_catalog.pg_class c
     cross join unnest(array['release_manager', 'audit_reader']) as b (role)
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'v' and c.relname <> 'v_memberships'
       and pg_temp.as_member(b.role || '-b', b.role, format('select from ops.%I', c.relname)) <> '0 rows' $$,
  'no view shows another project'
);
select is(
  pg_temp.as_member('many', 'sre', 'select from ops.releases'), '0 rows', 'a membership in another role gives nothing'
);
select is(
  pg_temp.as_member('many', 'qa_tester', 'select from ops.releases'), '1 rows',
  'in the role of the project they read it'
);

-- Functions: an id of another project and one that does not exist get the same answer.
create function pg_temp.both_answers(who text, role text, statement text) returns text[]
language sql as $$
  select array[
    pg_temp.as_member(who, role, format(statement, pg_temp.release('mine'), pg_temp.gate('mine', 'G1'))),
    pg_temp.as_member(who, role, format(statement, gen_random_uuid(), gen_random_uuid()))]
$$;
select is_empty(
  $$ select t.role, t.statement, a.answers
     from (values
       ('developer', 'select ops.is_eligible_for_promotion(%1$L, ''production'')'),
       ('sre', 'select ops.promotion_blockers(%1$L, ''production'')'),
       ('sre', 'select ops.promotion_advice(%1$L, ''production'')'),
       ('qa_tester', 'select ops.gate_findings(%2$L)'),
       ('audit_reader', 'select ops.gate_status_at(%2$L, now())'),
       ('audit_reader', 'select ops.was_eligible_for_promotion(%1$L, ''production'', now())'),
       ('ci_service_role', 'select ops.evaluate_gate(%2$L)'),
       ('release_manager', 'select ops.close_release(%1$L, ''cancelled'')'),
       ('release_manager', 'select ops.release_overview(%1$L)'),
       ('sre', 'select ops.timeline(%1$L)'),
       ('release_manager', 'select ops.dismiss(%2$L, ''why'')')
     ) as t (role, statement)
     cross join lateral pg_temp.both_answers(t.role || '-b', t.role, t.statement) as a (answers)
     where a.answers[1] <> a.answers[2] or a.answers[1] ~ ' rows$' $$,
  'a foreign id is refused as an unknown one is'
);
select is_empty(
  $$ select t.role, t.statement, a.answers
     from (values
       ('ci_service_role', 'insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
         values (%1$L, %2$L, ''planted'', ''ci'', ''pass'')'),
       ('developer', 'insert into ops.gate_checks (release_id, gate_id, check_name, source_system, status)
         values (%1$L, %2$L, ''planted'', ''manual'', ''fail'')'),
       ('qa_tester', 'insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope,
         rationale_structured) values (%1$L, %2$L, ''qa_tester-b'', ''qa_tester'', ''rejected'', ''gate'', ''{"a": 1}'')'),
       ('release_manager', 'insert into ops.approvals (release_id, approver_id, persona_role, decision, scope,
         rationale_structured) values (%1$L, ''release_manager-b'', ''release_manager'', ''rejected'', ''release'',
         ''{"a": 1}'')'),
       ('release_manager', 'insert into ops.exceptions (release_id, exception_type, impacted_gates, reason,
         risk_statement, approver_id, expires_at) values (%1$L, ''gate_bypass'', ''{G1}'', ''why'', ''risk'',
         ''release_manager-b'', now() + interval ''1 hour'')'),
       ('qa_tester', 'insert into ops.evidence_artifacts (release_id, artifact_type, source_system, artifact_url)
         values (%1$L, ''test_result'', ''manual'', ''https://evidence.test/1'')'),
       ('sre', 'insert into ops.deployments (release_id, environment, deployment_ref, source_ref, status, deployed_by)
         values (%1$L, ''staging'', ''x'', ''sha-1'', ''succeeded'', ''sre-b'')'),
       ('ci_service_role', 'insert into ops.event_ingest_log (source_system, event_type, idempotency_key,
         payload_hash, processing_status, error_code, release_id)
         values (''ci'', ''x'', ''y'', repeat(''0'', 64), ''rejected'', ''x'', %1$L)')
     ) as t (role, statement)
     cross join lateral pg_temp.both_answers(t.role || '-b', t.role, t.statement) as a (answers)
     where a.answers[1] <> a.answers[2] or a.answers[1] ~ ' rows$' $$,
  'nobody writes a fact of another project, and is not told whether the release exists'
);
select results_eq(
  $$ select pg_temp.as_member(t.role || '-b', t.role, t.statement) from (values
    ('release_manager', 'update ops.exceptions set revoked_at = now() returning 1'),
    ('sre', 'update ops.deployments set status = ''failed'' returning 1'),
    ('release_manager', 'update ops.release_gates set status = ''passed'' returning 1')) as t (role, statement) $$,
  array['0 rows', '0 rows', '0 rows'], 'an update finds no row of another project'
);

-- Opening, events and facts without a release.
select results_eq(
  $$ select pg_temp.as_member(t.who, t.role, format(
       'select ops.open_release(%L, %L, ''staging'', ''sha-1'', ''{}'', %L)', t.project, t.who, t.initiator))
     from (values
       ('release_manager-b', 'release_manager', 'pgtap/project', 'release_manager-b'),
       ('release_manager-b', 'release_manager', 'pgtap/none', 'release_manager-b'),
       ('ci_service_role-b', 'ci_service_role', 'pgtap/other', 'developer-a'),
       ('ci_service_role-b', 'ci_service_role', 'pgtap/other', 'developer-b'),
       ('release_manager-b', 'release_manager', 'pgtap/other', 'release_manager-b')) as t (who, role, project, initiator) $$,
  array['42501', '42501', 'OPS06', '1 rows', '1 rows'],
  'a release is opened in one''s own project, on behalf of one of its members'
);
create function pg_temp.sent(who text, role text, event jsonb) returns text
language plpgsql as $$
declare
  v_answer jsonb;
begin
  perform set_config('request.jwt.claims', json_build_object('sub', who)::text, true);
  perform set_config('role', role, true);
  v_answer := ops.ingest_event(event);
  perform set_config('role', 'none', true);
  perform set_config('request.jwt.claims', '', true);
  return coalesce(v_answer ->> 'error', v_answer ->> 'status')
    || coalesce(' ' || (v_answer #>> '{detail,issues,0,code}'), '');
end
$$;
create function pg_temp.build_by(who text, release_id uuid, run text, status text default 'fail') returns text
language sql as $$
  select pg_temp.sent(who, 'ci_service_role', jsonb_build_object(
    'schema_version', 'v1.0', 'event_type', 'build_complete', 'source_system', 'ci', 'release_id', release_id,
    'idempotency_key', format('ci/%s/build_complete', run), 'emitted_at', clock_timestamp(),
    'payload', jsonb_build_object('status', status)))
$$;
select is(
  pg_temp.build_by('ci_service_role-b', pg_temp.release('mine'), 'foreign'), 'unknown_release',
  'a bot reports nothing for another project'
);
select is(
  pg_temp.build_by('ci_service_role-b', gen_random_uuid(), 'unknown'), 'unknown_release', 'as for an unknown release'
);
select is_empty(
  $$ select from ops.contested_reports c where c.created_by = 'ci_service_role-b' $$,
  'what a bot of another project reports is no contested report either'
);
select is(pg_temp.build_by('ci_service_role-a', pg_temp.release('mine'), 'own'), 'accepted', 'the own bot reports');
create function pg_temp.happened(who text, role text, key text, project text) returns text
language sql as $$
  select pg_temp.sent(who, role, jsonb_build_object(
    'schema_version', 'v1.0', 'event_type', 'environment_event', 'source_system', 'ci',
    'idempotency_key', format('ci/%s/environment_event', key), 'emitted_at', clock_timestamp(),
    'payload', jsonb_strip_nulls(jsonb_build_object(
      'environment', 'staging', 'event_type', 'alert_fired', 'project', project))))
$$;
set local role service_role;
select pg_temp.member('bot-many', 'ci_service_role', 'pgtap/project');
select pg_temp.member('bot-many', 'ci_service_role', 'pgtap/other');
set local role none;
select results_eq(
  $$ select pg_temp.happened(t.who, t.role, t.key, t.project) from (values
    ('ci_service_role-b', 'ci_service_role', 'run-1', null),
    ('ci_service_role-b', 'ci_service_role', 'run-2', 'pgtap/project'),
    ('ci_service_role-b', 'ci_service_role', 'run-3', 'pgtap/none'),
    ('ci_service_role-b', 'ci_service_role', 'run-4', 'PGTAP/other'),
    ('bot-many', 'ci_service_role', 'run-5', null), ('bot-many', 'ci_service_role', 'run-6', 'pgtap/project'),
    ('bot-1', 'ci_service_role', 'run-7', null), ('bot-1', 'ci_service_role', 'run-8', 'pgtap/other')
  ) as t (who, role, key, project) $$,
  array['accepted', 'invalid_payload unknown_project', 'invalid_payload unknown_project', 'accepted',
    'invalid_payload required', 'accepted', 'accepted', 'accepted'],
  'an event without a release names a project, unless its sender has exactly one or all'
);
select results_eq(
  $$ select e.project from ops.environment_events e order by e.created_at $$,
  array['pgtap/other', 'pgtap/other', 'pgtap/project', null, 'pgtap/other'], 'its row says which'
);
select results_eq(
  $$ select pg_temp.as_member(t.who, t.role, 'select from ops.environment_events') from (values
    ('sre-a', 'sre'), ('sre-b', 'sre'), ('sre-1', 'sre'), ('audit_reader-a', 'audit_reader')) as t (who, role) $$,
  array['1 rows', '3 rows', '5 rows', '1 rows'], 'an event of every project is seen by members of every project'
);
select results_eq(
  $$ select pg_temp.as_member(t.who, t.role, t.statement) from (values
    ('sre-b', 'sre', 'insert into ops.recovery_drills (environment, drill_type, outcome)
       values (''staging'', ''restore'', ''passed'')'),
    ('sre-b', 'sre', 'insert into ops.recovery_drills (environment, drill_type, outcome, project)
       values (''staging'', ''restore'', ''passed'', ''pgtap/project'')'),
    ('sre-b', 'sre', format('insert into ops.recovery_drills (environment, drill_type, outcome, evidence_artifact_id)
       values (''staging'', ''restore'', ''passed'', %L)',
       (select max(e.artifact_id::text) from ops.evidence_artifacts e where e.project = 'pgtap/project'))),
    ('sre-b', 'sre', format('insert into ops.recovery_drills (environment, drill_type, outcome, evidence_artifact_id)
       values (''staging'', ''restore'', ''passed'', %L)', gen_random_uuid())),
    ('sre-b', 'sre', format('insert into ops.incidents (deployment_id, severity) values (%L, ''sev1'')',
       (select max(d.deployment_id::text) from ops.deployments d where d.project = 'pgtap/project'))),
    ('sre-b', 'sre', format('insert into ops.incidents (deployment_id, severity) values (%L, ''sev1'')',
       gen_random_uuid()))
  ) as t (who, role, statement) $$,
  array['1 rows', '42501', '23503', '23503', '42501', '42501'], 'drills and incidents are of one''s own projects'
);
select results_eq(
  $$ select pg_temp.as_member('release_manager-b', 'release_manager', t.statement) from (values
    ('select ops.retire_target(''pgtap/project'', ''staging'', ''default'', ''why'')'),
    ('select ops.retire_target(''pgtap/none'', ''staging'', ''default'', ''why'')')) as t (statement) $$,
  array['OPS04', 'OPS04'], 'a target of another project is as unknown as the project'
);

-- Members: one sees those of one's projects and those of every project.
select results_eq(
  $$ select pg_temp.as_member('audit_reader-b', 'audit_reader', t.statement) from (values
    ('select from ops.members m where m.subject = ''developer-a'''), ('select from ops.members m where m.subject in (''developer-b'', ''rm-1'', ''many'')'),
    ('select from ops.v_memberships m where m.subject = ''many''')) as t (statement) $$,
  array['0 rows', '3 rows', '1 rows'], 'members and memberships of other projects are not shown'
);

-- The acting role belongs to a session, and the hook puts it into the next token of that session.
create function pg_temp.token(who text, session text, more jsonb default '{}') returns text
language plpgsql as $$
declare
  v_event constant jsonb := jsonb_build_object('user_id', who, 'claims',
    jsonb_build_object('sub', who, 'role', 'authenticated', 'session_id', session) || more);
  v_said jsonb;
begin
  v_said := ops.custom_access_token_hook(v_event);
  return case when v_said #- '{claims,role}' = v_event #- '{claims,role}' then v_said #>> '{claims,role}'
    else 'another claim changed' end;
end
$$;
select is(pg_temp.token('many', 's-many'), 'qa_tester', 'without a choice it is the first role of a fixed order');
select is(
  pg_temp.as_member('many', 'qa_tester', 'select ops.act_as(''release_manager'')'), '1 rows',
  'one chooses a role that one holds'
);
select results_eq(
  $$ select pg_temp.token('MANY', s) from unnest(array['s-many', 's-other']) as s $$,
  array['release_manager', 'qa_tester'], 'it counts in that session alone'
);
select results_eq(
  $$ select pg_temp.as_member('many', 'qa_tester', format('select ops.act_as(%L)', r))
     from unnest(array['developer', 'service_role', 'boss', null]) as r $$,
  array['OPS13', 'OPS13', 'OPS13', 'OPS13'], 'nobody chooses a role that they do not hold'
);
select is(
  pg_temp.as_member('ci_service_role-a', 'ci_service_role', 'select ops.act_as(''ci_service_role'')'), '42501',
  'a bot has no choice'
);
select results_eq(
  $$ select pg_temp.token(t.who, 's-many', t.more::jsonb) from (values
    ('many', '{"client_id": "app"}'), ('many', '{"is_anonymous": true}'), ('many', '{"is_anonymous": "x"}'),
    ('nobody', '{"role": "service_role"}'), ('nobody', '{"role": "sre"}'), ('nobody', '{"role": "editor"}'),
    ('many', '{"role": "service_role"}'), ('ci_service_role-a', '{}')) as t (who, more) $$,
  array['authenticated', 'authenticated', 'authenticated', 'authenticated', 'authenticated', 'editor',
    'release_manager', 'ci_service_role'], 'only a membership gives a role, and only to the member themselves'
);
select results_eq(
  $$ select coalesce(ops.with_member_role(e) #>> '{claims,role}', 'none') from unnest(array[
    null, '{}', '[]', '1', '{"user_id": 1}', '{"claims": []}', '{"user_id": "many", "claims": {}}',
    '{"user_id": {"a": 1}, "claims": {"session_id": ["x"]}}']::jsonb[]) as e $$,
  array['none', 'none', 'none', 'none', 'none', 'none', 'qa_tester', 'none'], 'the hook raises on nothing'
);
set local role service_role;
select ops.revoke_membership('many', 'release_manager', 'pgtap/project', 'rm-1', 'moved');
set local role none;
select is(pg_temp.token('many', 's-many'), 'qa_tester', 'a choice counts only while one holds the role');

-- Revoked, somebody can do nothing from the next statement on.
set local role service_role;
select ops.revoke_membership('many', null, null, 'rm-1', 'left');
set local role none;
select results_eq(
  $$ select pg_temp.as_member('many', r.role, 'select from ops.releases')
     from unnest(array['qa_tester', 'release_manager', 'sre']) as r (role) $$,
  array['0 rows', '0 rows', '0 rows'], 'nothing is left to somebody who was revoked'
);
select is(
  pg_temp.as_member('many', 'qa_tester', format('select ops.gate_findings(%L)', pg_temp.gate('mine', 'G1'))), '42501',
  'no function either'
);

-- Nobody counts for two requirements of one gate, whatever roles they hold.
set local role service_role;
select pg_temp.set_policy('G3', '[{"kind": "approval", "subject": "release_manager"},
  {"kind": "approval", "subject": "qa_tester"}]', 'pgtap/joined');
select pg_temp.member('twice', r.role, 'pgtap/joined') from unnest(array['qa_tester', 'release_manager']) as r (role);
select ops.open_release('pgtap/joined', 'twice', 'production', 'sha-1', initiating_actor => 'dev-1');
create function pg_temp.approves(who text, persona text) returns text[]
language sql as $$
  insert into ops.approvals (release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured)
  select r.release_id, g.gate_id, who, persona::ops.ops_persona_role, 'approved', 'gate', '{"a": 1}'
  from ops.releases r join ops.release_gates g using (release_id)
  where r.release_name = 'twice' and g.gate_code = 'G3';
  select array_agg(f.subject || ' ' || f.state order by f.subject)
  from ops.releases r join ops.release_gates g using (release_id), lateral ops.gate_findings(g.gate_id) as f
  where r.release_name = 'twice' and g.gate_code = 'G3' and f.kind = 'approval'
$$;
select is(
  pg_temp.approves('twice', 'release_manager'), array['qa_tester unsatisfied', 'release_manager satisfied'],
  'one approval counts'
);
select is(
  pg_temp.approves('twice', 'qa_tester'), array['qa_tester satisfied', 'release_manager unsatisfied'],
  'the same person counts once, for the requirement that comes first'
);
select is(
  pg_temp.approves('rm-1', 'release_manager'), array['qa_tester satisfied', 'release_manager satisfied'],
  'two people count'
);
set local role none;

select finish();
rollback;
