-- Targets that were taken out: a region that was shut down, a tenant that left.
create table ops.retired_targets (
  retirement_id uuid primary key default ops_private.new_id(),
  project text not null references ops.projects (project) on delete restrict,
  environment ops.ops_environment not null,
  target ops.name not null,
  reason text not null,
  releases uuid[] not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint at_most_1000_releases check (cardinality(releases) between 1 and 1000),
  constraint reason_is_stated
  check (octet_length(reason) <= 8192 and (reason ~ '[!-~]' or ops_private.is_readable(reason, false)))
);
create index retired_targets_project_environment_target_idx on ops.retired_targets (project, environment, target);

comment on table ops.retired_targets is
  'Append-only. One row for each time that a target of an environment was taken out. For the releases named, G4, the staging blocker and the status of the release no longer look at it. A later deployment of a release there brings the target back for that release. Only ops.retire_target writes it.';
comment on column ops.retired_targets.retirement_id is 'Primary key.';
comment on column ops.retired_targets.project is 'The project whose releases are concerned.';
comment on column ops.retired_targets.environment is 'The environment of the target.';
comment on column ops.retired_targets.target is 'The target that was taken out.';
comment on column ops.retired_targets.reason is 'Why; at most 8 KiB.';
comment on column ops.retired_targets.releases is
  'The releases that had been deployed there, at most 1,000. The target is out for these alone.';

alter table ops.retired_targets enable row level security;
create policy retired_targets_members_only on ops.retired_targets as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader using ((select ops_private.is_member()));
grant select on ops.retired_targets to service_role;

grant select on ops.retired_targets to release_manager, sre, audit_reader;
create policy retired_targets_select_release_manager on ops.retired_targets
for select to release_manager using (true);
create policy retired_targets_select_sre on ops.retired_targets
for select to sre using (true);
create policy retired_targets_select_audit_reader on ops.retired_targets
for select to audit_reader using (true);

create function ops_private.tg_stamp_retirement() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  new.created_at := coalesce(
    (select max(r.recorded_until) from ops.releases r where r.release_id = any (new.releases)), new.created_at);
  return new;
end
$$;
comment on function ops_private.tg_stamp_retirement() is
  'Before insert of a retirement: created_at is recorded_until of its releases, which ops.retire_target has moved to one moment. So it is later than each fact that was judged without it, and earlier than each later fact.';
revoke execute on function ops_private.tg_stamp_retirement() from public;

create trigger _170_refuse_secret before insert on ops.retired_targets
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.retired_targets
for each row execute function ops_private.tg_stamp_provenance();
create trigger _210_stamp_retirement before insert on ops.retired_targets
for each row execute function ops_private.tg_stamp_retirement();
create trigger _000_refuse_change before update or delete or truncate on ops.retired_targets
for each statement execute function ops_private.tg_refuse_change();
alter table ops.retired_targets enable always trigger _000_refuse_change;

create function ops_private.target_retired_at(
  release ops.releases, environment ops.ops_environment, target text, as_of timestamptz
) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select max(x.created_at) from ops.retired_targets x
    where x.project = release.project and x.environment = target_retired_at.environment
      and x.target = target_retired_at.target and release.release_id = any (x.releases)
      and x.created_at <= target_retired_at.as_of
      and not exists (
        select from ops.deployments d
        where d.release_id = release.release_id and d.environment = x.environment and d.target = x.target
          and d.created_at > x.created_at and d.created_at <= target_retired_at.as_of
      )
  );
end
$$;
comment on function ops_private.target_retired_at(ops.releases, ops.ops_environment, text, timestamptz) is
  'Since when a target is out for a release, at a moment. Null when it is not: nobody took it out, or the release was deployed there again, also by a rollback. Ask only when releases.retired.';
revoke execute on function ops_private.target_retired_at(
  ops.releases, ops.ops_environment, text, timestamptz
) from public;
