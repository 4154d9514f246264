-- Evidence: the addresses of logs, reports and plans.

create function ops_private.is_address(value text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- supabase/functions/ops-event-ingest/fields.ts has the same list.
  return octet_length(value) <= 8192 and value ~* '^((https?|s3|gs|azblob|oci|git)://[^/?#[:space:][:cntrl:]]|file://)[^[:space:][:cntrl:]]*$';
end
$$;
comment on function ops_private.is_address(text) is
  'Whether a text is an absolute address with a scheme of the closed list: http, https, s3, gs, azblob, oci, git, and file, which ops_private.tg_refuse_local allows in the local stack only. Null for null.';
revoke execute on function ops_private.is_address(text) from public;

create function ops_private.is_local_stack() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Not current_setting: every session could set it. Only the owner of a database can write this, and no dump has it.
  return exists (
    select from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_database d on d.oid = s.setdatabase
    where d.datname = current_database() and s.setrole = 0 and 'ops.local_stack=on' = any (s.setconfig)
  );
end
$$;
comment on function ops_private.is_local_stack() is
  'Whether this database is the one of the local stack of a checkout, which alone sets ops.local_stack for its database.';
revoke execute on function ops_private.is_local_stack() from public;

create table ops.evidence_artifacts (
  artifact_id uuid primary key default ops_private.new_id(),
  release_id uuid references ops.releases (release_id) on delete restrict,
  gate_id uuid,
  check_id uuid,
  deployment_id uuid,
  approval_id uuid,
  artifact_type ops.ops_artifact_type not null,
  source_system ops.ops_source_system not null,
  artifact_url text not null,
  sha256 text,
  observed_at timestamptz not null default clock_timestamp(),
  metadata jsonb not null default '{}',
  project text,
  created_at timestamptz not null default '-infinity', -- stands for no moment given
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint gate_is_of_the_same_release
  foreign key (release_id, gate_id) references ops.release_gates (release_id, gate_id) on delete restrict,
  constraint check_is_of_the_same_gate
  foreign key (release_id, gate_id, check_id)
  references ops.gate_checks (release_id, gate_id, check_id) on delete restrict,
  constraint approval_is_of_the_same_gate
  foreign key (release_id, gate_id, approval_id)
  references ops.approvals (release_id, gate_id, approval_id) on delete restrict,
  constraint deployment_is_of_the_same_release
  foreign key (release_id, deployment_id) references ops.deployments (release_id, deployment_id) on delete restrict,
  -- Postgres does not check a composite foreign key when one of its columns is null.
  constraint any_link_names_the_release
  check (release_id is not null or (gate_id is null and check_id is null and deployment_id is null)),
  constraint check_implies_its_gate check (check_id is null or gate_id is not null),
  constraint approval_implies_its_gate check (approval_id is null or gate_id is not null),
  constraint linked_unless_reference_or_restore_drill
  check (release_id is not null or artifact_type in ('reference', 'restore_drill')),
  constraint sha256_is_64_hex_digits check (sha256 ~ '^[0-9a-f]{64}$'),
  constraint observed_not_in_the_future
  check (isfinite(observed_at) and observed_at <= created_at),
  -- As ops_private.is_address, without the call. 49_evidence_test compares them.
  constraint address_is_absolute
  check (
    artifact_url ~* '^((https?|s3|gs|azblob|oci|git)://[^/?#[:space:][:cntrl:]]|file://)[^[:space:][:cntrl:]]*$'
  ),
  constraint sizes_are_bounded
  check (
    octet_length(artifact_url) <= 8192
    and jsonb_typeof(metadata) = 'object' and (metadata = '{}' or ops_private.is_storable(metadata))
  )
);
create index evidence_artifacts_release_id_gate_id_check_id_idx
on ops.evidence_artifacts (release_id, gate_id, check_id);
create index evidence_artifacts_release_id_gate_id_approval_id_idx
on ops.evidence_artifacts (release_id, gate_id, approval_id)
where approval_id is not null;
create index evidence_artifacts_release_id_deployment_id_idx on ops.evidence_artifacts (release_id, deployment_id)
where deployment_id is not null;

comment on table ops.evidence_artifacts is
  'Append-only. One row per artifact: the address of a log, report or plan. Each belongs to a release, except a reference or a restore drill.';
comment on column ops.evidence_artifacts.artifact_id is
  'Primary key. Set by the server; only service_role and the owner may choose one.';
comment on column ops.evidence_artifacts.release_id is
  'The release that it belongs to. Null only for a reference or a restore drill.';
comment on column ops.evidence_artifacts.gate_id is
  'The gate for which it counts. Null when it is about the release as a whole.';
comment on column ops.evidence_artifacts.check_id is 'The check that produced it.';
comment on column ops.evidence_artifacts.deployment_id is 'The deployment that it is about.';
comment on column ops.evidence_artifacts.approval_id is
  'The sign-off that it came with. It counts only while the current decision of its author there is an approval, and the artifacts are those that the sign-off was about. Null when it came with none. Set by the server.';
comment on column ops.evidence_artifacts.artifact_type is 'The kind of evidence.';
comment on column ops.evidence_artifacts.source_system is 'The kind of system that sent it.';
comment on column ops.evidence_artifacts.artifact_url is 'Address of the artifact: absolute, at most 8 KiB, with one of the schemes http, https, s3, gs, azblob, oci and git.';
comment on column ops.evidence_artifacts.sha256 is
  'SHA-256 of its bytes, 64 lower-case hex digits. Null when the producer sent none.';
comment on column ops.evidence_artifacts.observed_at is
  'When it was made. Only ops.ingest_event sets it; a direct insert gets the wall clock.';
comment on column ops.evidence_artifacts.metadata is
  'All other fields that the producer sent: an object of at most 256 KiB.';
comment on column ops.evidence_artifacts.project is
  'The project of the release. Of an artifact without a release the project that was named, by default the only one of whoever records it; null: members of every project see it.';

alter table ops.evidence_artifacts enable row level security;
create policy evidence_artifacts_in_own_projects on ops.evidence_artifacts as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.evidence_artifacts to service_role;

grant select on ops.evidence_artifacts to release_manager, qa_tester, audit_reader;
create policy evidence_artifacts_select_release_manager on ops.evidence_artifacts
for select to release_manager using (true);
create policy evidence_artifacts_select_qa_tester on ops.evidence_artifacts
for select to qa_tester using (true);
create policy evidence_artifacts_select_audit_reader on ops.evidence_artifacts
for select to audit_reader using (true);
grant insert on ops.evidence_artifacts to qa_tester, sre;
create policy evidence_artifacts_insert_qa_tester on ops.evidence_artifacts
for insert to qa_tester
with check (created_by = (select ops_private.current_actor()) and ops_private.may_send_source(source_system));
create policy evidence_artifacts_insert_sre on ops.evidence_artifacts
for insert to sre
with check (created_by = (select ops_private.current_actor()) and ops_private.may_send_source(source_system));

create function ops_private.tg_refuse_local() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if not ops_private.is_local_stack() then
    raise exception using errcode = '23514', constraint = 'address_is_absolute', schema = 'ops',
      table = 'evidence_artifacts', column = 'artifact_url', message = 'a file of one machine is no evidence',
      hint = 'keep it where others can read it, and send that address';
  end if;
  return new;
end
$$;
comment on function ops_private.tg_refuse_local() is
  'Before insert of evidence whose address is a file: raises 23514 unless this is the local stack.';
revoke execute on function ops_private.tg_refuse_local() from public;

create trigger _320_refuse_local before insert on ops.evidence_artifacts
for each row when (new.artifact_url ~* '^file:') execute function ops_private.tg_refuse_local();
create trigger _150_refuse_unstorable before insert on ops.evidence_artifacts
for each row when (new.metadata <> '{}' and not ops_private.is_storable(new.metadata))
execute function ops_private.tg_refuse_unstorable('metadata');
create trigger _100_prepare_direct_write before insert on ops.evidence_artifacts
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write('observed_at');
create trigger _200_stamp_provenance before insert on ops.evidence_artifacts
for each row execute function ops_private.tg_stamp_provenance('given');
create trigger _000_refuse_change before update or delete or truncate on ops.evidence_artifacts
for each statement execute function ops_private.tg_refuse_change();
alter table ops.evidence_artifacts enable always trigger _000_refuse_change;
