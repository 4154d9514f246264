-- A refused event that reports a stop is not lost: the stop counts as the fact that it would have been.
create table ops.contested_reports (
  contested_id uuid primary key default ops_private.new_id(),
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  gate_id uuid,
  event_type text not null,
  status text not null,
  check_name ops.name,
  environment ops.ops_environment,
  target ops.name,
  deployment_ref ops.name,
  approver_id text,
  persona_role ops.ops_persona_role,
  idempotency_key text,
  payload_hash text,
  error_code text not null,
  ingest_id uuid not null,
  observed_at timestamptz not null,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint contested_reports_are_linked_with_their_release unique (release_id, contested_id),
  constraint gate_is_of_the_same_release
  foreign key (release_id, gate_id) references ops.release_gates (release_id, gate_id) on delete restrict,
  constraint observed_not_in_the_future check (isfinite(observed_at) and observed_at <= created_at),
  constraint sizes_are_bounded
  check (
    octet_length(status) <= 255 and octet_length(approver_id) <= 255 and octet_length(idempotency_key) <= 255
  )
);

create index contested_reports_release_id_gate_id_idx on ops.contested_reports (release_id, gate_id);

comment on table ops.contested_reports is
  'Append-only. One row for each stop (a failure, a rejection, a request for changes) that a refused event reported and its sender may report. It stands as the fact that it would have been, until that fact is healed. Only functions write it.';
comment on column ops.contested_reports.contested_id is 'Primary key.';
comment on column ops.contested_reports.release_id is 'The release that the event names.';
comment on column ops.contested_reports.gate_id is
  'The gate on which it stands. Null for a decision whose gate could not be read: an objection to the release as a whole.';
comment on column ops.contested_reports.event_type is 'The type of the refused event.';
comment on column ops.contested_reports.status is 'What was reported: fail, failed, failure, rejected or request_changes.';
comment on column ops.contested_reports.check_name is
  'The check that failed. Null when its name could not be read, and for decisions and deployments.';
comment on column ops.contested_reports.environment is
  'For deployments and health checks: the environment. Null when it could not be read.';
comment on column ops.contested_reports.target is
  'For deployments and health checks: the target, default when the event named none. Null when it could not be read.';
comment on column ops.contested_reports.deployment_ref is
  'For deployments and health checks: the deployment. Null when it could not be read.';
comment on column ops.contested_reports.approver_id is
  'For decisions: the name by which records know the person who objects. Null when a machine named nobody who could be read.';
comment on column ops.contested_reports.persona_role is
  'For decisions: the role in which the person objects. Null when it could not be read.';
comment on column ops.contested_reports.idempotency_key is 'The key of the event. Null when it could not be read.';
comment on column ops.contested_reports.payload_hash is
  'SHA-256 in hex of the canonical content of the event. Null when it has none. The report ends when an event with the same content is accepted.';
comment on column ops.contested_reports.error_code is 'Why the event was refused; docs/errors.md lists the codes.';
comment on column ops.contested_reports.ingest_id is 'The row of ops.event_ingest_log with the refusal.';
comment on column ops.contested_reports.observed_at is
  'When the stop was observed, by the age of the event. When the event was received, if its times could not be read.';
comment on column ops.contested_reports.project is
  'The project of the release. Set by the server.';

alter table ops.contested_reports enable row level security;
create policy contested_reports_in_own_projects on ops.contested_reports as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.contested_reports to service_role;

grant select on ops.contested_reports to release_manager, audit_reader;
create policy contested_reports_select_release_manager on ops.contested_reports
for select to release_manager using (true);
create policy contested_reports_select_audit_reader on ops.contested_reports
for select to audit_reader using (true);

create trigger _100_prepare_direct_write before insert on ops.contested_reports
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
create trigger _200_stamp_provenance before insert on ops.contested_reports
for each row execute function ops_private.tg_stamp_provenance('release');
create trigger _000_refuse_change before update or delete or truncate on ops.contested_reports
for each statement execute function ops_private.tg_refuse_change();
alter table ops.contested_reports enable always trigger _000_refuse_change;

-- The contested reports that ended, and since when.
create table ops.contested_report_ends (
  end_id uuid primary key default ops_private.new_id(),
  contested_id uuid not null,
  release_id uuid not null,
  idempotency_key text,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint a_contested_report_ends_once unique (release_id, contested_id),
  constraint contested_report_is_of_the_same_release
  foreign key (release_id, contested_id)
  references ops.contested_reports (release_id, contested_id) on delete restrict
);

comment on table ops.contested_report_ends is
  'Append-only. A contested report that ended, at created_at: the facts recorded then heal what it says, or an event was accepted that answers it (one with the same content, or, when it is not known what would heal the report, one of its type under its key), or it was dismissed. It never stands again. Only functions write it.';
comment on column ops.contested_report_ends.end_id is 'Primary key.';
comment on column ops.contested_report_ends.contested_id is 'The contested report that ended.';
comment on column ops.contested_report_ends.release_id is 'Its release.';
comment on column ops.contested_report_ends.idempotency_key is 'The key of the event that ended it. Null when somebody wrote the fact directly, and for a dismissal.';
comment on column ops.contested_report_ends.project is
  'The project of the release. Set by the server.';

alter table ops.contested_report_ends enable row level security;
create policy contested_report_ends_in_own_projects on ops.contested_report_ends as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.contested_report_ends to service_role;

grant select on ops.contested_report_ends to release_manager, audit_reader;
create policy contested_report_ends_select_release_manager on ops.contested_report_ends
for select to release_manager using (true);
create policy contested_report_ends_select_audit_reader on ops.contested_report_ends
for select to audit_reader using (true);

create trigger _100_prepare_direct_write before insert on ops.contested_report_ends
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
create trigger _200_stamp_provenance before insert on ops.contested_report_ends
for each row execute function ops_private.tg_stamp_provenance('release');
create trigger _000_refuse_change before update or delete or truncate on ops.contested_report_ends
for each statement execute function ops_private.tg_refuse_change();
alter table ops.contested_report_ends enable always trigger _000_refuse_change;

create function ops_private.is_by_machine(report ops.contested_reports) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return report.created_role in ('ci_service_role', 'service_role');
end
$$;
comment on function ops_private.is_by_machine(ops.contested_reports) is
  'Whether a pipeline sent a contested report, or the holder of the secret key.';
revoke execute on function ops_private.is_by_machine(ops.contested_reports) from public;

create function ops_private.has_ended(report ops.contested_reports, as_of timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.contested_report_ends e
    where e.release_id = report.release_id and e.contested_id = report.contested_id and e.created_at <= has_ended.as_of
  );
end
$$;
comment on function ops_private.has_ended(ops.contested_reports, timestamptz) is
  'Whether a contested report had ended at a moment.';
revoke execute on function ops_private.has_ended(ops.contested_reports, timestamptz) from public;
