-- Deployments and rollbacks, and every report of their status.

create function ops_private.artifacts_listed(given jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry jsonb;
begin
  -- Nothing is read as text before its size is known.
  if (jsonb_typeof(given) = 'array') is not true or pg_column_size(given #> '{}') > 262144
    or jsonb_array_length(given) > 100 then
    return null;
  end if;
  for v_entry in select e.value from jsonb_array_elements(given) as e loop
    if (
      jsonb_typeof(v_entry -> 'name') = 'string' and jsonb_typeof(v_entry -> 'sha256') = 'string'
      and ops_private.is_name(v_entry ->> 'name') and v_entry ->> 'sha256' ~* '^[0-9a-f]{64}$'
    ) is not true then
      return null;
    end if;
  end loop;
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object('name', a.name, 'sha256', a.sha256) order by a.name collate "C", a.sha256 collate "C"), '[]')
    from (
      select distinct e.value ->> 'name' as name, lower(e.value ->> 'sha256') as sha256
      from jsonb_array_elements(given) as e
    ) as a
  );
end
$$;
comment on function ops_private.artifacts_listed(jsonb) is
  'A list of artifacts in the one form in which it is kept: an array of {name, sha256}, sorted by both, each once, hashes in lower case. Null when it is no array of at most 100 artifacts.';
revoke execute on function ops_private.artifacts_listed(jsonb) from public;

create table ops.deployments (
  deployment_id uuid primary key default ops_private.new_id(),
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  environment ops.ops_environment not null,
  target ops.name not null default 'default',
  deployment_ref ops.name not null,
  deployed_at timestamptz not null default clock_timestamp(),
  deployed_by text collate "C" not null default ops_private.current_actor(),
  source_ref ops.source_ref not null,
  artifacts jsonb,
  status ops.ops_deployment_status not null,
  status_observed_at timestamptz not null default clock_timestamp(),
  rollback_of uuid,
  rollback_known boolean,
  g4_status ops.ops_health not null default 'pending',
  g4_resolved_at timestamptz,
  was_eligible boolean,
  blockers_at_deploy jsonb,
  excepted_by uuid[],
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint one_deployment_per_release_target_and_ref unique (release_id, environment, target, deployment_ref),
  constraint deployments_are_linked_with_their_release unique (release_id, deployment_id),
  constraint rollbacks_are_linked_within_their_target unique (release_id, environment, target, deployment_id),
  constraint rollback_is_of_the_same_release_and_target
  foreign key (release_id, environment, target, rollback_of)
  references ops.deployments (release_id, environment, target, deployment_id) on delete restrict,
  constraint rollback_is_of_another_deployment check (rollback_of <> deployment_id),
  constraint known_or_not_exactly_when_it_is_a_rollback check ((rollback_known is null) = (rollback_of is null)),
  constraint times_are_finite_and_not_in_the_future
  check (
    isfinite(deployed_at) and deployed_at <= created_at + interval '5 minutes' and isfinite(status_observed_at)
  ),
  constraint resolved_exactly_when_g4_is_not_pending check ((g4_status = 'pending') = (g4_resolved_at is null)),
  constraint judged_with_blockers
  check ((was_eligible is null) = (blockers_at_deploy is null) and was_eligible = (blockers_at_deploy = '[]')),
  constraint judged_with_exceptions check ((was_eligible is null) = (excepted_by is null)),
  constraint known_rollback_is_not_judged check (rollback_known is not true or was_eligible is null),
  constraint artifacts_are_a_list check (jsonb_typeof(artifacts) = 'array' and artifacts <> '[]'),
  constraint blockers_are_bounded check (pg_column_size(blockers_at_deploy) <= 262144),
  constraint deployer_is_named_and_short check (btrim(deployed_by) <> '' and octet_length(deployed_by) <= 255)
) with (fillfactor = 70); -- leaves room for HOT updates, which write no index
create index deployments_deployed_at_idx on ops.deployments (deployed_at desc);
create index deployments_release_id_environment_target_rollback_of_idx
on ops.deployments (release_id, environment, target, rollback_of)
where rollback_of is not null;
-- A rollback is looked up among the deployments of all releases of its project.
create index deployments_source_ref_environment_target_idx on ops.deployments (source_ref, environment, target);

comment on table ops.deployments is
  'One row per deployment of a release to an environment, rollbacks included. Its status only moves forward. Whether the release was eligible is decided when the deployment is first recorded and when it is reported succeeded.';
comment on column ops.deployments.deployment_id is
  'Primary key. Set by the server; only service_role and the owner may choose one.';
comment on column ops.deployments.release_id is 'The release that was deployed.';
comment on column ops.deployments.environment is 'The environment to which it was deployed.';
comment on column ops.deployments.target is
  'The part of the environment to which it was deployed: a region, a cluster, a tenant. default when there is only one.';
comment on column ops.deployments.deployment_ref is
  'The deployer''s own id of the deployment. Unique per release, environment and target.';
comment on column ops.deployments.deployed_at is 'When it was deployed, according to its first report by time of observation: the time that the report names, but not later than its observation.';
comment on column ops.deployments.deployed_by is 'Who deployed it, according to the same report.';
comment on column ops.deployments.source_ref is
  'What was deployed. If it is not the source_ref of the release, the deployment is not eligible and never healthy.';
comment on column ops.deployments.artifacts is
  'The artifacts that were deployed, as its first report names them: array of {name, sha256}, sorted. Null when none were named.';
comment on column ops.deployments.status is
  'in_progress, then succeeded or failed, then rolled_back. It never moves back.';
comment on column ops.deployments.status_observed_at is 'When that status was observed.';
comment on column ops.deployments.rollback_of is
  'The deployment of the same release, environment and target that this rollback undoes. Null for other deployments.';
comment on column ops.deployments.rollback_known is
  'For a rollback: whether it goes back to something. When it was recorded, another deployment of its source_ref, of any release of the project, had succeeded while eligible in that environment and target, with the same artifacts if it named any. false: every rule takes the rollback as an ordinary deployment. true: it is not judged for eligibility, and whether it counts as a deployment of another commit is asked each time (ops_private.deployments_at). Null for other deployments. Set by triggers.';
comment on column ops.deployments.g4_status is
  'Health of this deployment: failed when it failed itself, is of another commit than its release, or one of its latest checks failed; passed when it succeeded, was not undone, and its latest trusted checks all pass; otherwise pending. A rollback that is left out (ops_private.deployments_at) is pending, or failed alone. Set by triggers.';
comment on column ops.deployments.g4_resolved_at is
  'When g4_status got its present value. Null while pending. Set by triggers.';
comment on column ops.deployments.was_eligible is
  'Whether the release was eligible for the environment each time that the deployment was judged: when it was first recorded, unless as failed, and when it was reported succeeded. Null when it was never judged, as a rollback that goes back to something. Set by triggers.';
comment on column ops.deployments.blockers_at_deploy is
  'Why it was not eligible, the first time that it was not: array of findings (ops.gate_finding), empty when eligible. Null when it was never judged. Set by triggers.';
comment on column ops.deployments.excepted_by is
  'The exceptions without which it would have had more blockers, each time that it was judged; empty when it needed none. Null when it was never judged. Set by triggers.';
comment on column ops.deployments.project is
  'The project of the release. Set by the server.';

alter table ops.deployments enable row level security;
create policy deployments_in_own_projects on ops.deployments as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.deployments to service_role;

grant select on ops.deployments to release_manager, sre, audit_reader;
create policy deployments_select_release_manager on ops.deployments
for select to release_manager using (true);
create policy deployments_select_sre on ops.deployments
for select to sre using (true);
create policy deployments_select_audit_reader on ops.deployments
for select to audit_reader using (true);
grant insert, update (status) on ops.deployments to sre;
create policy deployments_insert_sre on ops.deployments
for insert to sre
with check (deployed_by = (select ops_private.current_actor()));
create policy deployments_update_sre on ops.deployments
for update to sre
using (deployed_by = (select ops_private.current_actor()))
with check (deployed_by = (select ops_private.current_actor()));

-- A deployment is the only fact that changes in place. Replay needs every report of it and the time of each report.
create table ops.deployment_reports (
  report_id uuid primary key default ops_private.new_id(),
  release_id uuid not null,
  deployment_id uuid not null,
  status ops.ops_deployment_status not null,
  observed_at timestamptz not null,
  deployed_at timestamptz,
  deployed_by text collate "C",
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint deployed_shortly_before_observed
  check (deployed_at <= observed_at and deployed_at >= observed_at - interval '1 hour'),
  constraint deployed_at_and_by check ((deployed_at is null) = (deployed_by is null)),
  constraint deployment_is_of_the_same_release
  foreign key (release_id, deployment_id) references ops.deployments (release_id, deployment_id) on delete restrict
);
create index deployment_reports_release_id_deployment_id_idx on ops.deployment_reports (release_id, deployment_id);

comment on table ops.deployment_reports is
  'Append-only. Every report of a deployment''s status, in the order of arrival. ops.deployments has the result of all reports; replay reads the reports. Only functions and triggers write them.';
comment on column ops.deployment_reports.report_id is 'Primary key.';
comment on column ops.deployment_reports.release_id is 'The release of the deployment.';
comment on column ops.deployment_reports.deployment_id is 'The deployment that was reported.';
comment on column ops.deployment_reports.status is 'The reported status.';
comment on column ops.deployment_reports.observed_at is 'When that status was observed.';
comment on column ops.deployment_reports.deployed_at is
  'When it was deployed, according to this report: at most 1 hour before observed_at, and not after it. Null for a change of status without an event, and for a deployment that was undone.';
comment on column ops.deployment_reports.deployed_by is 'Who deployed it, according to this report. Null with deployed_at.';
comment on column ops.deployment_reports.project is
  'The project of the release. Set by the server.';

alter table ops.deployment_reports enable row level security;
create policy deployment_reports_in_own_projects on ops.deployment_reports as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.deployment_reports to service_role;

grant select on ops.deployment_reports to release_manager, sre, audit_reader;
create policy deployment_reports_select_release_manager on ops.deployment_reports
for select to release_manager using (true);
create policy deployment_reports_select_sre on ops.deployment_reports
for select to sre using (true);
create policy deployment_reports_select_audit_reader on ops.deployment_reports
for select to audit_reader using (true);

create trigger _200_stamp_provenance before insert on ops.deployment_reports
for each row execute function ops_private.tg_stamp_provenance('release');
create trigger _000_refuse_change before update or delete or truncate on ops.deployment_reports
for each statement execute function ops_private.tg_refuse_change();
alter table ops.deployment_reports enable always trigger _000_refuse_change;

create function ops_private.deployment_rank(status ops.ops_deployment_status) returns integer
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case status when 'in_progress' then 0 when 'rolled_back' then 2 else 1 end;
end
$$;
comment on function ops_private.deployment_rank(ops.ops_deployment_status) is
  'Rank of a deployment status: 0 in_progress, 1 succeeded or failed, 2 rolled_back. A status may only be replaced by one of higher rank, or by a newer one of the same rank.';
revoke execute on function ops_private.deployment_rank(ops.ops_deployment_status) from public;

create function ops_private.add_report(
  deployment ops.deployments, status ops.ops_deployment_status, observed_at timestamptz,
  deployed_at timestamptz default null, deployed_by text default null
) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ops.deployment_reports (release_id, deployment_id, status, observed_at, deployed_at, deployed_by)
  values (
    deployment.release_id, deployment.deployment_id, add_report.status, add_report.observed_at, add_report.deployed_at,
    add_report.deployed_by
  );
  if deployment.rollback_known and add_report.status = 'succeeded' then
    perform ops_private.report_deployment(deployment.rollback_of, 'rolled_back', add_report.observed_at);
  end if;
  -- What is newer than what they undo decides whether rollbacks count as deployments.
  if add_report.deployed_at is not null then
    perform ops_private.refresh_rollbacks(deployment.release_id);
  end if;
end
$$;
comment on function ops_private.add_report(
  ops.deployments, ops.ops_deployment_status, timestamptz, timestamptz, text
) is
  'Records a report of a deployment. When a rollback that goes back to something succeeded, the deployment that it undoes becomes rolled_back. Stores the health of the release''s rollbacks again.';
revoke execute on function ops_private.add_report(
  ops.deployments, ops.ops_deployment_status, timestamptz, timestamptz, text
) from public;

create function ops_private.report_deployment(
  deployment_id uuid, status ops.ops_deployment_status, observed_at timestamptz,
  deployed_at timestamptz default null, deployed_by text default null
) returns ops.deployments
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_deployment ops.deployments;
  v_forward boolean;
  v_first_at timestamptz;
  v_first_by text;
begin
  select d.* into v_deployment from ops.deployments d where d.deployment_id = report_deployment.deployment_id;
  perform ops_private.add_report(v_deployment, status, observed_at, deployed_at, deployed_by);
  -- The greatest by (rank, time of observation, failed) counts, in whatever order the reports arrive.
  v_forward := (ops_private.deployment_rank(status), observed_at, status = 'failed')
    > (ops_private.deployment_rank(v_deployment.status), v_deployment.status_observed_at,
      v_deployment.status = 'failed');
  select r.deployed_at, r.deployed_by into v_first_at, v_first_by
  from ops.deployment_reports r
  where r.release_id = v_deployment.release_id and r.deployment_id = v_deployment.deployment_id
    and r.deployed_at is not null
  order by r.observed_at, r.deployed_at, r.deployed_by limit 1;
  update ops.deployments d
  set
    status = case when v_forward then report_deployment.status else d.status end,
    status_observed_at = case when v_forward then report_deployment.observed_at else d.status_observed_at end,
    deployed_at = v_first_at, deployed_by = v_first_by
  where d.deployment_id = report_deployment.deployment_id
  returning d.* into v_deployment;
  return v_deployment;
end
$$;
comment on function ops_private.report_deployment(uuid, ops.ops_deployment_status, timestamptz, timestamptz, text) is
  'Records one more report of a deployment and updates its row: the newest status by rank and time of observation, and deployed_at and deployed_by of the report that was observed first. The order in which reports arrive does not change them.';
revoke execute on function ops_private.report_deployment(
  uuid, ops.ops_deployment_status, timestamptz, timestamptz, text
) from public;

create function ops_private.is_known_rollback(rollback ops.deployments) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.releases own
    join ops.releases r on r.project = own.project
    join ops.deployments d on d.release_id = r.release_id
    where own.release_id = rollback.release_id and d.source_ref = rollback.source_ref
      and d.environment = rollback.environment and d.target = rollback.target
      and d.deployment_id <> rollback.rollback_of and d.status = 'succeeded' and d.was_eligible
      and (d.artifacts is null or d.artifacts = rollback.artifacts)
  );
end
$$;
comment on function ops_private.is_known_rollback(ops.deployments) is
  'Whether a rollback goes back to something, by what is recorded now. Something is another deployment than the one that it undoes, of its source_ref and of any release of the project, that has succeeded while eligible in the same environment and target. If that deployment named artifacts, the rollback must name the same.';
revoke execute on function ops_private.is_known_rollback(ops.deployments) from public;

create function ops_private.tg_know_rollback() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- the writer may not read other releases
as $$
begin
  if exists (
    select from ops.deployments d
    where d.release_id = new.release_id and d.deployment_id = new.rollback_of and d.rollback_of is not null
  ) then
    raise exception using errcode = 'OPS08', message = 'a rollback cannot undo a rollback',
      hint = 'deploy again, as a new deployment';
  end if;
  new.rollback_known := ops_private.is_known_rollback(new);
  return new;
end
$$;
comment on function ops_private.tg_know_rollback() is
  'Before insert of a rollback: sets rollback_known, once for all. Raises OPS08 when the rollback names another rollback.';
revoke execute on function ops_private.tg_know_rollback() from public;

create function ops_private.tg_report_first() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may insert reports
as $$
begin
  perform ops_private.add_report(new, new.status, new.status_observed_at, new.deployed_at, new.deployed_by);
  return null;
end
$$;
comment on function ops_private.tg_report_first() is
  'After insert of a deployment: records its first report.';
revoke execute on function ops_private.tg_report_first() from public;

create function ops_private.tg_report_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may insert reports
as $$
begin
  perform ops_private.refuse_other_changes(
    'deployments', to_jsonb(old), to_jsonb(new),
    'status', 'status_observed_at', 'deployed_at', 'deployed_by', 'g4_status', 'g4_resolved_at'
  );
  if (new.deployed_at, new.deployed_by) is distinct from (old.deployed_at, old.deployed_by) then
    raise exception using errcode = 'OPS05', message = 'only the status of a deployment can be changed',
      hint = 'set only status; the server sets the time of observation';
  elsif ops_private.deployment_rank(new.status) < ops_private.deployment_rank(old.status) then
    raise exception using errcode = 'OPS08',
      message = format('a deployment cannot go from %s to %s', old.status, new.status),
      hint = 'record a new deployment';
  end if;
  -- Keep it later than the replaced time, even if that came from a clock that was ahead.
  new.status_observed_at := case
    when new.status = old.status then old.status_observed_at
    else greatest(clock_timestamp(), old.status_observed_at + interval '1 microsecond')
  end;
  if new.status <> old.status then
    perform ops_private.add_report(new, new.status, new.status_observed_at);
  end if;
  return new;
end
$$;
comment on function ops_private.tg_report_change() is
  'Before a direct update of a deployment: only the status may change (OPS05), and only forward (OPS08). Records the change as a report of this moment.';
revoke execute on function ops_private.tg_report_change() from public;

create function ops_private.tg_list_artifacts() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  new.artifacts := ops_private.artifacts_listed(new.artifacts);
  if new.artifacts is null then
    raise exception using errcode = '23514', constraint = 'artifacts_are_a_list', schema = 'ops',
      table = 'deployments', column = 'artifacts', message = 'artifacts is not a list of artifacts',
      hint = 'send an array of at most 100 objects with name and sha256 (64 hex digits)';
  end if;
  new.artifacts := nullif(new.artifacts, '[]');
  return new;
end
$$;
comment on function ops_private.tg_list_artifacts() is
  'Before insert of a deployment that names artifacts: sorts them; an empty list becomes null. Raises 23514 when they are not a list of artifacts.';
revoke execute on function ops_private.tg_list_artifacts() from public;

create trigger _170_list_artifacts before insert on ops.deployments
for each row when (new.artifacts is not null) execute function ops_private.tg_list_artifacts();
create trigger _150_refuse_unstorable before insert on ops.deployments
for each row when (new.blockers_at_deploy is not null and not ops_private.is_storable(new.blockers_at_deploy))
execute function ops_private.tg_refuse_unstorable('blockers_at_deploy', 'blockers_are_bounded');
create trigger _160_refuse_unstorable before update of blockers_at_deploy on ops.deployments
for each row when (not ops_private.is_storable(new.blockers_at_deploy))
execute function ops_private.tg_refuse_unstorable('blockers_at_deploy', 'blockers_are_bounded');
alter table ops.deployments enable always trigger _160_refuse_unstorable;
create trigger _100_prepare_direct_write before insert on ops.deployments
for each row when (not ops_private.by_definer())
execute function ops_private.tg_prepare_direct_write('status_observed_at');
create trigger _200_stamp_provenance before insert on ops.deployments
for each row execute function ops_private.tg_stamp_provenance('release');
create trigger _300_know_rollback before insert on ops.deployments
for each row when (new.rollback_of is not null) execute function ops_private.tg_know_rollback();
create trigger _500_report_first after insert on ops.deployments
for each row execute function ops_private.tg_report_first();
create trigger _110_prepare_direct_change before update on ops.deployments
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
alter table ops.deployments enable always trigger _110_prepare_direct_change;
create trigger _310_report_change before update on ops.deployments
for each row when (not ops_private.by_definer()) execute function ops_private.tg_report_change();
alter table ops.deployments enable always trigger _310_report_change;
create trigger _000_refuse_delete before delete or truncate on ops.deployments
for each statement execute function ops_private.tg_refuse_change();
alter table ops.deployments enable always trigger _000_refuse_delete;
