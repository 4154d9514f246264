-- What a finding on a gate is; the four gates of a release, with the last stored verdict on each.

create type ops.gate_finding as (
  gate_id uuid,
  gate_code ops.ops_gate_code,
  requirement text,
  kind ops.ops_requirement_kind,
  subject text,
  enforcement ops.ops_enforcement,
  state ops.ops_finding_state,
  detail text,
  remedy text,
  who text
);
comment on type ops.gate_finding is
  'What the facts say about one requirement of a gate. Required: requirement, kind, subject, enforcement. Found: state, detail. To do: remedy, who.';

comment on column ops.gate_finding.gate_id is 'The gate that has the requirement.';
comment on column ops.gate_finding.gate_code is 'Code of the gate.';
comment on column ops.gate_finding.requirement is 'What is required, in words.';
comment on column ops.gate_finding.kind is 'The kind of requirement. Null when the policy requires nothing.';
comment on column ops.gate_finding.subject is 'What the requirement is about, as in ops.gate_requirements.';
comment on column ops.gate_finding.enforcement is 'blocking stops the gate; advisory is only shown.';
comment on column ops.gate_finding.state is 'What the facts say about the requirement.';
comment on column ops.gate_finding.detail is 'What was found, in words.';
comment on column ops.gate_finding.remedy is 'What to do, in words.';
comment on column ops.gate_finding.who is 'The role that can do it.';

create table ops.release_gates (
  gate_id uuid primary key default ops_private.new_id(),
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  gate_code ops.ops_gate_code not null,
  gate_name text not null default '',
  status ops.ops_gate_status not null default 'pending',
  entered_at timestamptz,
  resolved_at timestamptz,
  resolved_by text,
  exception_id uuid,
  first_missing text default 'a verdict',
  waits_for ops.ops_gate_code,
  missing ops.gate_finding[] not null default '{}',
  evidence_gap boolean not null default true,
  status_without_exception ops.ops_gate_status,
  first_missing_without_exception text,
  project text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint one_gate_per_release_and_code unique (release_id, gate_code),
  constraint gates_are_linked_with_their_release unique (release_id, gate_id),
  constraint exception_is_of_the_same_release
  foreign key (release_id, exception_id) references ops.exceptions (release_id, exception_id) on delete restrict,
  constraint entered_exactly_when_not_pending check ((status = 'pending') = (entered_at is null)),
  constraint resolved_exactly_when_terminal
  check ((status in ('passed', 'failed', 'bypassed')) = (resolved_at is not null)),
  constraint resolved_by_somebody check ((resolved_at is null) = (resolved_by is null)),
  constraint excepted_exactly_when_bypassed check ((status = 'bypassed') = (exception_id is not null)),
  constraint nothing_is_missing_exactly_when_passed check ((status = 'passed') = (first_missing is null)),
  constraint waits_only_while_something_is_missing check (waits_for is null or first_missing is not null)
) with (fillfactor = 70); -- leaves room for HOT updates, which write no index
create index release_gates_release_id_exception_id_idx on ops.release_gates (release_id, exception_id)
where exception_id is not null;

comment on table ops.release_gates is
  'Four rows per release, created together with it. status is the verdict that follows from the facts (ops.gate_findings), stored when a fact arrived. Nobody can set another one. A column whose comment begins with Derived is the server''s own note and may change in any version: ask the views and functions.';
comment on column ops.release_gates.gate_id is 'Primary key.';
comment on column ops.release_gates.release_id is 'The release that has the gate.';
comment on column ops.release_gates.gate_code is 'The code of the gate, G1 to G4.';
comment on column ops.release_gates.gate_name is 'The name of the gate. Set by the server.';
comment on column ops.release_gates.status is
  'Derived. The verdict when the last fact arrived. Only time can make it stale, after judged_until of the release.';
comment on column ops.release_gates.entered_at is
  'Derived. When work on the gate began, or began again. Null while pending. Set by the server.';
comment on column ops.release_gates.resolved_at is
  'Derived. When the gate got its present verdict. Null unless passed, failed or bypassed. Set by the server.';
comment on column ops.release_gates.resolved_by is 'Derived. Whose fact led to the verdict: the name by which records know them. Set by the server.';
comment on column ops.release_gates.first_missing is
  'Derived. The first blocking requirement that was not met when the gate was last judged, in words. An exception may cover it. The gate''s own requirements come before a prior gate. Null exactly when passed.';
comment on column ops.release_gates.waits_for is
  'Derived. The prior gate that is not passed, when only that is missing. Null when one of the gate''s own requirements is not met, or when nothing is missing.';
comment on column ops.release_gates.missing is
  'Derived. The blocking requirements of the gate that were not met when it was last judged, in the order of ops.gate_findings; also those that an exception covers. Prior gates and contested reports are left out. Of approvals of named people remedy and who are as of then, and change with memberships: ops.gate_findings and ops.inbox find them anew.';
comment on column ops.release_gates.evidence_gap is
  'Derived. Whether required evidence was missing when the gate was last judged, even if an exception covers it. On G4: evidence for the deployment that G4 judges.';
comment on column ops.release_gates.status_without_exception is
  'Derived. The verdict by the same facts when no exception is active. Null when the release never had an exception.';
comment on column ops.release_gates.first_missing_without_exception is
  'Derived. The value of first_missing when no exception is active.';
comment on column ops.release_gates.exception_id is
  'Derived. The exception that bypasses the gate. Set exactly when the gate is bypassed.';
comment on column ops.release_gates.project is
  'The project of the release. Set by the server.';

alter table ops.release_gates enable row level security;
create policy release_gates_in_own_projects on ops.release_gates as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.release_gates to service_role;

grant select on ops.release_gates to ci_service_role, release_manager, audit_reader;
create policy release_gates_select_ci_service_role on ops.release_gates
for select to ci_service_role using (true);
create policy release_gates_select_release_manager on ops.release_gates
for select to release_manager using (true);
create policy release_gates_select_audit_reader on ops.release_gates
for select to audit_reader using (true);
grant update (status) on ops.release_gates to release_manager;
create policy release_gates_update_release_manager on ops.release_gates
for update to release_manager
using (true) with check (true);

create function ops_private.tg_name_gate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  if new.status <> 'pending'
    or num_nonnulls(new.entered_at, new.resolved_at, new.resolved_by, new.exception_id, new.waits_for) > 0 then
    raise exception using errcode = 'OPS01', message = 'a new gate must be pending',
      hint = 'record facts; the status follows from them';
  end if;
  new.gate_name := case new.gate_code
    when 'G1' then 'Build Integrity'
    when 'G2' then 'Validation Readiness'
    when 'G3' then 'Promotion Readiness'
    when 'G4' then 'Post-Deploy Operational Confirmation'
  end;
  return new;
end
$$;
comment on function ops_private.tg_name_gate() is
  'Before insert of a gate: sets its name. Raises OPS01 unless the gate is pending.';
revoke execute on function ops_private.tg_name_gate() from public;

create trigger _100_prepare_direct_write before insert on ops.release_gates
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
create trigger _200_stamp_provenance before insert on ops.release_gates
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_name_gate before insert on ops.release_gates
for each row execute function ops_private.tg_name_gate();
create trigger _110_prepare_direct_change before update on ops.release_gates
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write();
alter table ops.release_gates enable always trigger _110_prepare_direct_change;
create trigger _000_refuse_delete before delete or truncate on ops.release_gates
for each statement execute function ops_private.tg_refuse_change();
alter table ops.release_gates enable always trigger _000_refuse_delete;

create function ops_private.tg_bear_gates() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- most roles may not insert gates
as $$
declare
  v_now timestamptz;
begin
  insert into ops.release_gates (release_id, gate_code, project)
  select new.release_id, code, new.project from unnest(enum_range(null::ops.ops_gate_code)) as code;
  v_now := clock_timestamp();
  perform ops_private.store(new, null, ops_private.judge(new, 'G1', v_now), v_now);
  return null;
end
$$;
comment on function ops_private.tg_bear_gates() is
  'After insert of a release: creates its four gates and stores the first verdicts. The gates are pending, unless the policy requires nothing that is still missing.';
revoke execute on function ops_private.tg_bear_gates() from public;

create trigger _500_bear_gates after insert on ops.releases
for each row execute function ops_private.tg_bear_gates();

create function ops_private.is_gate(gate_id uuid, gate_code ops.ops_gate_code) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- a qa_tester may not read gates
as $$
begin
  perform ops_private.require_role('release_manager', 'qa_tester');
  return exists (
    select from ops.release_gates g
    where g.gate_id = is_gate.gate_id and g.gate_code = is_gate.gate_code and ops_private.sees(g.project)
  );
end
$$;
comment on function ops_private.is_gate(uuid, ops.ops_gate_code) is
  'Whether a gate of the caller''s projects has this code. The policies on approvals use it: a qa_tester decides G2, a release_manager decides G3.';
