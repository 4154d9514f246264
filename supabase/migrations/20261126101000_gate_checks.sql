-- Checks: what pipelines, monitors and people observed, one row per observation.
create table ops.gate_checks (
  check_id uuid primary key default ops_private.new_id(),
  release_id uuid not null,
  gate_id uuid not null,
  deployment_id uuid,
  check_name ops.name not null,
  part ops.name,
  source_system ops.ops_source_system not null,
  status ops.ops_check_status not null,
  artifact_ref text,
  observed_at timestamptz not null default clock_timestamp(),
  metadata jsonb not null default '{}',
  project text,
  created_at timestamptz not null default '-infinity', -- stands for no moment given
  created_by text not null default current_user,
  created_role text not null default current_user,
  trusted boolean not null generated always as (
    created_role in ('ci_service_role', 'service_role')
    or (deployment_id is not null and created_role = 'sre' and source_system = 'monitoring')
  ) stored,
  -- The index of this constraint also finds all checks of a gate.
  constraint checks_are_linked_with_their_gate unique (release_id, gate_id, check_id),
  constraint gate_is_of_the_same_release
  foreign key (release_id, gate_id) references ops.release_gates (release_id, gate_id) on delete restrict,
  constraint deployment_is_of_the_same_release
  foreign key (release_id, deployment_id) references ops.deployments (release_id, deployment_id) on delete restrict,
  constraint observed_not_in_the_future
  check (isfinite(observed_at) and observed_at <= created_at),
  constraint sizes_are_bounded
  check (
    octet_length(artifact_ref) <= 8192
    and jsonb_typeof(metadata) = 'object' and (metadata = '{}' or ops_private.is_storable(metadata))
  )
);
create index gate_checks_release_id_deployment_id_idx on ops.gate_checks (release_id, deployment_id)
where deployment_id is not null;

comment on table ops.gate_checks is
  'Append-only. One row per observation of a check. For each gate, deployment, name and trust class the latest observed_at counts; of simultaneous ones the worse counts. When a rerun passes, the earlier failure no longer counts.';
comment on column ops.gate_checks.check_id is
  'Primary key. Set by the server; only service_role and the owner may choose one.';
comment on column ops.gate_checks.release_id is 'The release that was checked; always the release of the gate.';
comment on column ops.gate_checks.gate_id is 'The gate that the check belongs to.';
comment on column ops.gate_checks.deployment_id is 'The deployment that was checked. Set exactly on G4.';
comment on column ops.gate_checks.check_name is 'Name of the check, for example unit_tests.';
comment on column ops.gate_checks.part is
  'What the report was of: payload.part of the event, by default the check_name of the event. Null when it could not be read, and for direct inserts.';
comment on column ops.gate_checks.source_system is 'The kind of system that reported it.';
comment on column ops.gate_checks.status is 'Result of the check.';
comment on column ops.gate_checks.artifact_ref is 'Address of the log or report; at most 8 KiB.';
comment on column ops.gate_checks.observed_at is
  'When it was observed. Only ops.ingest_event sets it; a direct insert gets the wall clock.';
comment on column ops.gate_checks.metadata is 'All other fields that the producer sent: an object of at most 256 KiB.';
comment on column ops.gate_checks.trusted is
  'Whether a machine recorded the check, or an sre whose source is monitoring, on a deployment. A check that is not trusted can fail a gate, and can correct only an earlier check that is not trusted either. It never satisfies a requirement.';
comment on column ops.gate_checks.project is
  'The project of the release. Set by the server.';

alter table ops.gate_checks enable row level security;
create policy gate_checks_in_own_projects on ops.gate_checks as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.gate_checks to service_role;

grant select on ops.gate_checks to ci_service_role, release_manager, qa_tester, developer, audit_reader;
create policy gate_checks_select_ci_service_role on ops.gate_checks
for select to ci_service_role using (true);
create policy gate_checks_select_release_manager on ops.gate_checks
for select to release_manager using (true);
create policy gate_checks_select_qa_tester on ops.gate_checks
for select to qa_tester using (true);
create policy gate_checks_select_developer on ops.gate_checks
for select to developer using (release_id = any(array(select ops_private.own_releases())));
create policy gate_checks_select_audit_reader on ops.gate_checks
for select to audit_reader using (true);
grant insert on ops.gate_checks to ci_service_role, developer;
create policy gate_checks_insert_ci_service_role on ops.gate_checks
for insert to ci_service_role
with check (ops_private.may_send_source(source_system));
create policy gate_checks_insert_developer on ops.gate_checks
for insert to developer
with check (
  ops_private.may_send_source(source_system) and release_id = any(array(select ops_private.own_releases()))
);

create function ops_private.match_check_to_gate(gate_id uuid, deployment_id uuid) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (
    select g.gate_code = 'G4' from ops.release_gates g
    where g.gate_id = match_check_to_gate.gate_id and ops_private.sees(g.project)
  )
    <> (deployment_id is not null) then
    raise exception using errcode = '23514', constraint = 'deployment_is_set_exactly_on_g4',
      schema = 'ops', table = 'gate_checks', column = 'deployment_id',
      message = 'a check must name a deployment on G4, and none on other gates',
      hint = 'set deployment_id for checks on G4; leave it out on other gates';
  end if;
  return true;
end
$$;
comment on function ops_private.match_check_to_gate(uuid, uuid) is
  'Returns true when a check names a deployment and its gate is G4, or names none and its gate is another one. Otherwise raises 23514.';
revoke execute on function ops_private.match_check_to_gate(uuid, uuid) from public;

create trigger _150_refuse_unstorable before insert on ops.gate_checks
for each row when (new.metadata <> '{}' and not ops_private.is_storable(new.metadata))
execute function ops_private.tg_refuse_unstorable('metadata');
create trigger _100_prepare_direct_write before insert on ops.gate_checks
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write('observed_at');
create trigger _200_stamp_provenance before insert on ops.gate_checks
for each row execute function ops_private.tg_stamp_provenance('given');
create trigger _500_mark_stop after insert on ops.gate_checks
for each row when (new.status = 'fail' and new.trusted) execute function ops_private.tg_mark_stop();
create trigger _000_refuse_change before update or delete or truncate on ops.gate_checks
for each statement execute function ops_private.tg_refuse_change();
alter table ops.gate_checks enable always trigger _000_refuse_change;
