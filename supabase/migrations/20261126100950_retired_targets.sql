-- Targets that were taken out: a region that was shut down, a tenant that left.
create table ops.retired_targets (
  retirement_id uuid primary key default ops_private.new_id(),
  project text not null references ops.projects (project) on delete restrict,
  environment ops.ops_environment not null,
  target ops.name not null,
  reason ops.statement not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user
);
create index retired_targets_project_environment_target_idx on ops.retired_targets (project, environment, target);

comment on table ops.retired_targets is
  'Append-only. One row for each time that a target of an environment was taken out. ops.retired_releases names the releases that it is out for. Only ops.retire_target writes it.';
comment on column ops.retired_targets.retirement_id is 'Primary key.';
comment on column ops.retired_targets.project is 'The project whose releases are concerned.';
comment on column ops.retired_targets.environment is 'The environment of the target.';
comment on column ops.retired_targets.target is 'The target that was taken out.';
comment on column ops.retired_targets.reason is 'Why; at most 8 KiB.';

alter table ops.retired_targets enable row level security;
create policy retired_targets_in_own_projects on ops.retired_targets as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.retired_targets to service_role;

grant select on ops.retired_targets to release_manager, sre, audit_reader;
create policy retired_targets_select_release_manager on ops.retired_targets
for select to release_manager using (true);
create policy retired_targets_select_sre on ops.retired_targets
for select to sre using (true);
create policy retired_targets_select_audit_reader on ops.retired_targets
for select to audit_reader using (true);

create trigger _170_refuse_secret before insert on ops.retired_targets
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.retired_targets
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_change before update or delete or truncate on ops.retired_targets
for each statement execute function ops_private.tg_refuse_change();
alter table ops.retired_targets enable always trigger _000_refuse_change;

create table ops.retired_releases (
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  retirement_id uuid not null references ops.retired_targets (retirement_id) on delete restrict,
  release_status_before ops.ops_release_status not null,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  primary key (release_id, retirement_id)
);
create index retired_releases_retirement_id_idx on ops.retired_releases (retirement_id);

comment on table ops.retired_releases is
  'Append-only. One row for each release that was deployed to a target when it was taken out, at most 1,000 for one retirement. For these releases, G4, the staging blocker and the status of the release no longer look at the target. A later deployment of a release there brings the target back for that release. Only ops.retire_target writes it.';
comment on column ops.retired_releases.release_id is 'The release that the target is out for.';
comment on column ops.retired_releases.retirement_id is 'The retirement of the target.';
comment on column ops.retired_releases.release_status_before is 'The status of the release until then.';
comment on column ops.retired_releases.project is
  'The project of the release. Set by the server.';

alter table ops.retired_releases enable row level security;
create policy retired_releases_in_own_projects on ops.retired_releases as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.retired_releases to service_role;

grant select on ops.retired_releases to release_manager, sre, audit_reader;
create policy retired_releases_select_release_manager on ops.retired_releases
for select to release_manager using (true);
create policy retired_releases_select_sre on ops.retired_releases
for select to sre using (true);
create policy retired_releases_select_audit_reader on ops.retired_releases
for select to audit_reader using (true);

create trigger _200_stamp_provenance before insert on ops.retired_releases
for each row execute function ops_private.tg_stamp_provenance('release');
create trigger _000_refuse_change before update or delete or truncate on ops.retired_releases
for each statement execute function ops_private.tg_refuse_change();
alter table ops.retired_releases enable always trigger _000_refuse_change;

create function ops_private.target_retired_at(
  release ops.releases, environment ops.ops_environment, target text, as_of timestamptz
) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select max(x.created_at)
    from ops.retired_releases x
    join ops.retired_targets t on t.retirement_id = x.retirement_id
    where x.release_id = release.release_id and x.created_at <= target_retired_at.as_of
      and t.environment = target_retired_at.environment and t.target = target_retired_at.target
      and not exists (
        select from ops.deployments d
        where d.release_id = x.release_id and d.environment = t.environment and d.target = t.target
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
