-- Artifacts: what pipelines say that they built, and which of it is on record at a moment.
create table ops.build_artifacts (
  build_artifact_id uuid primary key default ops_private.new_id(),
  release_id uuid not null,
  gate_id uuid not null,
  check_id uuid not null,
  name ops.name not null,
  sha256 text collate "C" not null,
  project text,
  created_at timestamptz not null default '-infinity', -- stands for no moment given
  created_by text not null default current_user,
  created_role text not null default current_user,
  -- The index of this constraint also finds all artifacts of a release.
  constraint a_report_names_each_artifact_once unique (release_id, gate_id, check_id, name, sha256),
  constraint check_is_of_the_same_gate
  foreign key (release_id, gate_id, check_id)
  references ops.gate_checks (release_id, gate_id, check_id) on delete restrict,
  constraint sha256_is_64_hex_digits check (sha256 ~ '^[0-9a-f]{64}$')
);

comment on table ops.build_artifacts is
  'Append-only. One row per artifact that a build_complete names: its name and the SHA-256 of its bytes, as the pipeline says. The artifacts on record are, for each check name, those of its latest trusted report that names any. Only functions write it.';
comment on column ops.build_artifacts.build_artifact_id is 'Primary key.';
comment on column ops.build_artifacts.release_id is 'The release that was built.';
comment on column ops.build_artifacts.gate_id is 'G1 of the release.';
comment on column ops.build_artifacts.check_id is 'The main check of the build that names it.';
comment on column ops.build_artifacts.name is 'Name of the artifact, for example the image or package.';
comment on column ops.build_artifacts.sha256 is
  'SHA-256 of its bytes, 64 lower-case hex digits. Nobody here has checked it.';
comment on column ops.build_artifacts.project is
  'The project of the release. Set by the server.';

alter table ops.build_artifacts enable row level security;
create policy build_artifacts_in_own_projects on ops.build_artifacts as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.build_artifacts to service_role;

grant select on ops.build_artifacts to release_manager, qa_tester, audit_reader;
create policy build_artifacts_select_release_manager on ops.build_artifacts
for select to release_manager using (true);
create policy build_artifacts_select_qa_tester on ops.build_artifacts
for select to qa_tester using (true);
create policy build_artifacts_select_audit_reader on ops.build_artifacts
for select to audit_reader using (true);

create trigger _100_prepare_direct_write before insert on ops.build_artifacts
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
create trigger _200_stamp_provenance before insert on ops.build_artifacts
for each row execute function ops_private.tg_stamp_provenance('given');
create trigger _000_refuse_change before update or delete or truncate on ops.build_artifacts
for each statement execute function ops_private.tg_refuse_change();
alter table ops.build_artifacts enable always trigger _000_refuse_change;

create type ops_private.artifact as (
  name ops.name,
  sha256 text
);
comment on type ops_private.artifact is 'An artifact of a build: its name and the SHA-256 of its bytes.';

create function ops_private.artifacts_on_record(release_id uuid, as_of timestamptz)
returns setof ops_private.artifact
language plpgsql stable set search_path = pg_catalog, pg_temp rows 4
as $$
declare
  -- A check that was dismissed leaves the set, until its name is reported again.
  v_set_aside constant uuid[] := (
    select case when r.dismissed then ops_private.dismissed_checks(r.release_id, as_of) else '{}' end
    from ops.releases r where r.release_id = artifacts_on_record.release_id);
begin
  return query
  select distinct a.name, a.sha256
  from (
    select distinct on (gc.check_name) gc.gate_id, gc.check_id
    from ops.gate_checks gc
    where gc.release_id = artifacts_on_record.release_id and gc.created_at <= artifacts_on_record.as_of
      and gc.deployment_id is null and gc.trusted and gc.check_id <> all (v_set_aside)
      and exists (
        select from ops.build_artifacts n
        where n.release_id = gc.release_id and n.gate_id = gc.gate_id and n.check_id = gc.check_id
      )
    order by gc.check_name, gc.observed_at desc, gc.created_at desc
  ) as latest
  join ops.build_artifacts a
    on a.release_id = artifacts_on_record.release_id and a.gate_id = latest.gate_id and a.check_id = latest.check_id;
end
$$;
comment on function ops_private.artifacts_on_record(uuid, timestamptz) is
  'The artifacts of a release on record at a moment: for each check name those of the latest trusted report under that name that names any. Of simultaneous reports the one recorded last counts.';
revoke execute on function ops_private.artifacts_on_record(uuid, timestamptz) from public;

create function ops_private.artifacts_digest(release_id uuid, as_of timestamptz) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select encode(sha256(convert_to(string_agg(
      a.name || E'\t' || a.sha256 || E'\n', '' order by a.name, a.sha256 collate "C"), 'UTF8')), 'hex')
    from ops_private.artifacts_on_record(artifacts_digest.release_id, artifacts_digest.as_of) as a
  );
end
$$;
comment on function ops_private.artifacts_digest(uuid, timestamptz) is
  'The digest of the artifacts of a release on record at a moment: SHA-256 in hex of their sorted lines, name, tab, hash and line feed. Null when there are none.';
revoke execute on function ops_private.artifacts_digest(uuid, timestamptz) from public;
