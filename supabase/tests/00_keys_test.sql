begin;
create extension if not exists pgtap with schema extensions;
select plan(12);

create function pg_temp.column_names(of regclass, numbers smallint[]) returns text
language sql stable as $$
  select string_agg(a.attname, ', ' order by n.ordinality)
  from unnest(numbers) with ordinality as n (number, ordinality)
  join pg_catalog.pg_attribute a on a.attrelid = of and a.attnum = n.number
$$;

select set_eq(
  $$ select c.conrelid::regclass::text, pg_temp.column_names(c.conrelid, c.conkey), format_type(a.atttypid, null),
       pg_get_expr(d.adbin, d.adrelid)
     from pg_catalog.pg_constraint c
     join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
     left join pg_catalog.pg_attrdef d on d.adrelid = c.conrelid and d.adnum = c.conkey[1]
     where c.contype = 'p' and c.connamespace = 'ops'::regnamespace
       and c.conrelid not in (
         'ops.members'::regclass, 'ops.deployment_reports'::regclass, 'ops.memberships'::regclass,
         'ops.replaced_subjects'::regclass,
         'ops.projects'::regclass, 'ops.retired_releases'::regclass) $$,
  $$ select 'ops.' || k.name, k.key, 'uuid' as type, 'ops_private.new_id()' as filled
     from (values
       ('releases', 'release_id'), ('release_gates', 'gate_id'), ('gate_checks', 'check_id'),
       ('approvals', 'approval_id'), ('evidence_artifacts', 'artifact_id'), ('exceptions', 'exception_id'),
       ('deployments', 'deployment_id'), ('environment_events', 'event_id'), ('event_ingest_log', 'ingest_id'),
       ('incidents', 'incident_id'), ('recovery_drills', 'drill_id'), ('contested_reports', 'contested_id'),
       ('contested_report_ends', 'end_id'), ('retired_targets', 'retirement_id'),
       ('build_artifacts', 'build_artifact_id'),
       ('dismissals', 'dismissal_id'),
       ('gate_requirements', 'requirement_id'), ('policy_changes', 'change_id'),
       ('notices', 'notice_id'), ('notice_deliveries', 'delivery_id'), ('notice_targets', 'target_id')) as k (name, key) $$,
  'primary keys are <thing>_id, uuids ordered by time'
);
select col_is_pk('ops', 'members', 'member_id', 'memberships name a member by an id that never changes');
select col_is_pk('ops', 'projects', 'project', 'a project has one spelling');
select col_is_pk(
  'ops', 'retired_releases', array['release_id', 'retirement_id'], 'a target is taken out for a release once at a time'
);
-- A check has no foreign key to its release: its gate, which it always has, belongs to the release already.
select set_eq(
  $$ select c.conrelid::regclass::text, pg_temp.column_names(c.conrelid, c.conkey) as naming,
       c.confrelid::regclass::text as other, pg_temp.column_names(c.confrelid, c.confkey) as named
     from pg_catalog.pg_constraint c where c.contype = 'f' and c.connamespace = 'ops'::regnamespace $$,
  $$ values
    ('ops.releases', 'project', 'ops.projects', 'project'),
    ('ops.gate_requirements', 'project', 'ops.projects', 'project'),
    ('ops.gate_requirements', 'opened_by_change', 'ops.policy_changes', 'change_id'),
    ('ops.gate_requirements', 'closed_by_change', 'ops.policy_changes', 'change_id'),
    ('ops.policy_changes', 'project', 'ops.projects', 'project'),
    ('ops.notice_targets', 'project', 'ops.projects', 'project'),
    ('ops.notices', 'release_id', 'ops.releases', 'release_id'),
    ('ops.notices', 'release_id, contested_id', 'ops.contested_reports', 'release_id, contested_id'),
    ('ops.notices', 'release_id, deployment_id', 'ops.deployments', 'release_id, deployment_id'),
    ('ops.notices', 'release_id, exception_id', 'ops.exceptions', 'release_id, exception_id'),
    ('ops.notice_deliveries', 'release_id, notice_id', 'ops.notices', 'release_id, notice_id'),
    ('ops.retired_targets', 'project', 'ops.projects', 'project'),
    ('ops.retired_releases', 'release_id', 'ops.releases', 'release_id'),
    ('ops.retired_releases', 'retirement_id', 'ops.retired_targets', 'retirement_id'),
    ('ops.release_gates', 'release_id', 'ops.releases', 'release_id'),
    ('ops.release_gates', 'release_id, exception_id', 'ops.exceptions', 'release_id, exception_id'),
    ('ops.gate_checks', 'release_id, gate_id', 'ops.release_gates', 'release_id, gate_id'),
    ('ops.gate_checks', 'release_id, deployment_id', 'ops.deployments', 'release_id, deployment_id'),
    ('ops.approvals', 'release_id', 'ops.releases', 'release_id'),
    ('ops.approvals', 'release_id, gate_id', 'ops.release_gates', 'release_id, gate_id'),
    ('ops.approvals', 'release_id, exception_id', 'ops.exceptions', 'release_id, exception_id'),
    ('ops.evidence_artifacts', 'release_id', 'ops.releases', 'release_id'),
    ('ops.evidence_artifacts', 'release_id, gate_id', 'ops.release_gates', 'release_id, gate_id'),
    ('ops.evidence_artifacts', 'release_id, gate_id, check_id', 'ops.gate_checks', 'release_id, gate_id, check_id'),
    ('ops.evidence_artifacts', 'release_id, deployment_id', 'ops.deployments', 'release_id, deployment_id'),
    ('ops.evidence_artifacts', 'release_id, gate_id, approval_id', 'ops.approvals', 'release_id, gate_id, approval_id'),
    ('ops.build_artifacts', 'release_id, gate_id, check_id', 'ops.gate_checks', 'release_id, gate_id, check_id'),
    ('ops.exceptions', 'release_id', 'ops.releases', 'release_id'),
    ('ops.deployments', 'release_id', 'ops.releases', 'release_id'),
    ('ops.deployments', 'release_id, environment, target, rollback_of',
      'ops.deployments', 'release_id, environment, target, deployment_id'),
    ('ops.deployment_reports', 'release_id, deployment_id', 'ops.deployments', 'release_id, deployment_id'),
    ('ops.memberships', 'member_id', 'ops.members', 'member_id'),
    ('ops.memberships', 'project', 'ops.projects', 'project'),
    ('ops.replaced_subjects', 'member_id', 'ops.members', 'member_id'),
    ('ops.contested_reports', 'release_id', 'ops.releases', 'release_id'),
    ('ops.contested_reports', 'release_id, gate_id', 'ops.release_gates', 'release_id, gate_id'),
    ('ops.contested_report_ends', 'release_id, contested_id', 'ops.contested_reports', 'release_id, contested_id'),
    ('ops.dismissals', 'release_id', 'ops.releases', 'release_id'),
    ('ops.dismissals', 'release_id, gate_id', 'ops.release_gates', 'release_id, gate_id'),
    ('ops.dismissals', 'release_id, exception_id', 'ops.exceptions', 'release_id, exception_id'),
    ('ops.dismissals', 'release_id, deployment_id', 'ops.deployments', 'release_id, deployment_id'),
    ('ops.dismissals', 'release_id, gate_id, check_id', 'ops.gate_checks', 'release_id, gate_id, check_id'),
    ('ops.dismissals', 'release_id, contested_id', 'ops.contested_reports', 'release_id, contested_id'),
    ('ops.dismissals', 'approval_id', 'ops.approvals', 'approval_id'),
    ('ops.incidents', 'deployment_id', 'ops.deployments', 'deployment_id'),
    ('ops.recovery_drills', 'evidence_artifact_id', 'ops.evidence_artifacts', 'artifact_id') $$,
  'foreign keys to a part of a release include release_id'
);
select is_empty(
  $$ select c.conrelid::regclass, c.conname from pg_catalog.pg_constraint c
     where c.contype = 'f' and c.connamespace = 'ops'::regnamespace
       and (c.confdeltype <> 'r' or not c.convalidated) $$,
  'every foreign key restricts deletes'
);
select is_empty(
  $$ select c.conrelid::regclass, c.conname from pg_catalog.pg_constraint c
     where c.contype = 'f' and c.connamespace = 'ops'::regnamespace and not exists (
       select from pg_catalog.pg_index i
       where i.indrelid = c.conrelid and i.indisvalid
         -- The index has no predicate, or one that excludes only rows in which the foreign key is null.
         and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid)
              = format('(%I IS NOT NULL)', pg_temp.column_names(c.conrelid, c.conkey[array_upper(c.conkey, 1):])))
         and (i.indkey::smallint[])[0:array_upper(c.conkey, 1) - 1] @> c.conkey) $$,
  'every foreign key has an index that begins with its columns'
);
select set_eq(
  $$ select i.indrelid::regclass::text,
       pg_temp.column_names(i.indrelid, i.indkey::smallint[]), i.indpred is not null
     from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid
     where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' and i.indisunique and not i.indisprimary
       and i.indexprs is null $$,
  $$ values
    ('ops.releases', 'project, release_name', true), ('ops.releases', 'project, release_name, release_id', true),
    ('ops.release_gates', 'release_id, gate_code', false),
    ('ops.release_gates', 'release_id, gate_id', false),
    ('ops.gate_checks', 'release_id, gate_id, check_id', false),
    ('ops.build_artifacts', 'release_id, gate_id, check_id, name, sha256', false),
    ('ops.approvals', 'release_id, gate_id, approval_id', false),
    ('ops.exceptions', 'release_id, exception_id', false),
    ('ops.deployments', 'release_id, environment, target, deployment_ref', false),
    ('ops.deployments', 'release_id, environment, target, deployment_id', false),
    ('ops.deployments', 'release_id, deployment_id', false),
    ('ops.contested_reports', 'release_id, contested_id', false),
    ('ops.contested_report_ends', 'release_id, contested_id', false),
    ('ops.policy_changes', 'hash', false),
    ('ops.notice_targets', 'project, target_name', true),
    ('ops.notices', 'release_id, notice_id', false),
    ('ops.notices', 'release_id, kind, gate_code, deployment_id, exception_id', true),
    ('ops.notice_deliveries', 'release_id, notice_id, target_name', false),
    ('ops.environment_events', 'idempotency_key', false) $$,
  'the unique keys are those of the domain and those that composite foreign keys need'
);
select results_eq(
  $$ select btrim(regexp_replace(pg_get_indexdef(i.indexrelid, n, true), '\s+', ' ', 'g'), '() '), i.indnullsnotdistinct
     from pg_catalog.pg_index as i cross join generate_series(1, 3) as n
     where i.indrelid = 'ops.event_ingest_log'::regclass and i.indisunique and not i.indisprimary order by n $$,
  $$ values ('idempotency_key', true), ('processing_status', true),
    ($i$CASE WHEN processing_status <> 'accepted'::ops.ops_processing_status THEN ingest_id ELSE NULL::uuid END$i$, true) $$,
  'a key has one accepted row, and any number of rows for retries and refusals'
);
select is(
  (select count(distinct id) from (select ops_private.new_id() as id from generate_series(1, 5000)) as ids),
  5000::bigint, 'ids are distinct'
);
select results_eq(
  $$ select bool_and(substr(id::text, 15, 1) = '7' and substr(id::text, 20, 1) in ('8', '9', 'a', 'b')),
       bool_and(abs(extract(epoch from clock_timestamp()) * 1000
         - ('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint) < 60000)
     from (select ops_private.new_id() as id from generate_series(1, 100)) as ids $$,
  $$ values (true, true) $$, 'ids are UUIDs of version 7, which begin with the milliseconds'
);
create function pg_temp.out_of_order(n integer) returns integer
language plpgsql as $$
declare
  v_last uuid := ops_private.new_id();
  v_next uuid;
  v_then timestamptz;
  v_count integer := 0;
begin
  for i in 1 .. n loop
    v_then := clock_timestamp();
    while clock_timestamp() < v_then + interval '1 microsecond' loop
      null;
    end loop;
    v_next := ops_private.new_id();
    v_count := v_count + (v_next <= v_last)::integer;
    v_last := v_next;
  end loop;
  return v_count;
end
$$;
select is(pg_temp.out_of_order(300), 0, 'ids that are made a microsecond apart are in order');

select finish();
rollback;
