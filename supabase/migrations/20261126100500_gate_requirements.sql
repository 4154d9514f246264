-- The requirements of each gate are rows. A change of policy closes rows and opens new ones, and never edits a row.
-- So it cannot change the verdict on an older release.
create table ops.gate_requirements (
  requirement_id uuid primary key default ops_private.new_id(),
  project text references ops.projects (project) on delete restrict,
  gate_code ops.ops_gate_code not null,
  kind ops.ops_requirement_kind not null,
  subject ops.name,
  min_count integer not null default 1,
  enforcement ops.ops_enforcement not null default 'blocking',
  not_initiator boolean not null default true,
  one_gate boolean not null default true,
  valid_for integer,
  require_hash boolean not null default false,
  own_token boolean not null default false,
  aal2 boolean not null default false,
  accept_sso boolean not null default false,
  approvers text[],
  valid_from timestamptz not null default clock_timestamp(),
  valid_to timestamptz,
  closed_by text,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint valid_for_a_while check (valid_to > valid_from),
  constraint closed_by_somebody check ((valid_to is null) = (closed_by is null)),
  constraint min_count_counts_approvals_or_evidence
  check (
    min_count >= 1 and min_count <= 20 and (min_count = 1 or kind in ('approval', 'evidence', 'exception_approvals'))
  ),
  constraint only_approvals_switch_off_not_initiator_or_one_gate
  check (not_initiator and one_gate or kind = 'approval'),
  constraint only_approvals_and_evidence_lapse
  check (valid_for is null or (valid_for >= 1 and kind in ('approval', 'evidence'))),
  constraint hashes_are_required_only_of_evidence check (not require_hash or kind = 'evidence'),
  constraint assurance_is_asked_only_of_approvals
  check (kind in ('approval', 'exception_approvals') or not (own_token or aal2 or approvers is not null)),
  constraint sso_is_accepted_instead_of_a_second_factor check (aal2 or not accept_sso),
  constraint enough_approvers_are_named_once
  check (approvers is null or (ops_private.are_approvers(approvers) and min_count <= cardinality(approvers))),
  -- An exception authorises or not: there is nothing to advise.
  constraint exception_approvals_are_blocking check (kind <> 'exception_approvals' or enforcement = 'blocking'),
  -- These always hold. As texts, so that a migration that adds a kind for policy need not replace the constraint.
  constraint policy_can_require_the_kind
  check (
    -- As text: a value that a later migration adds to the type cannot be written in the same transaction.
    kind::text in (
      'prior_gate', 'check', 'no_failed_checks', 'approval', 'evidence', 'deployment_health', 'environment_healthy',
      'deployed_artifacts', 'objected_elsewhere', 'exception_approvals'
    )
  ),
  constraint subject_fits_the_kind
  check (
    coalesce(
      case kind
        when 'check' then subject is not null
        when 'approval' then subject = any(enum_range(null::ops.ops_persona_role)::text[])
        when 'evidence'
          then subject <> '' and string_to_array(subject, '|') <@ enum_range(null::ops.ops_artifact_type)::text[]
        when 'prior_gate' then subject in ('G1', 'G2', 'G3') and subject < gate_code::text
        else subject is null
      end, false
    )
  ),
  constraint kind_fits_the_gate
  check (
    case kind
      when 'deployment_health' then gate_code = 'G4'
      when 'no_failed_checks' then gate_code <> 'G4'
      when 'environment_healthy' then gate_code = 'G3'
      when 'deployed_artifacts' then gate_code = 'G3'
      when 'objected_elsewhere' then gate_code = 'G3'
      else true
    end
  )
);
-- One open row per requirement. A null compares like an empty text, which the constraints allow for no value.
create unique index gate_requirements_open_need_idx
on ops.gate_requirements (coalesce(project, ''), gate_code, kind, coalesce(subject, '')) where valid_to is null;
-- Almost always empty: an approval asks it whether any policy asks more of approvals.
create index gate_requirements_asking_more_idx
on ops.gate_requirements (gate_code) where own_token or aal2 or approvers is not null;
create index gate_requirements_project_gate_code_idx on ops.gate_requirements (project, gate_code, valid_from);

comment on table ops.gate_requirements is
  'One row per requirement of a gate. The rows in force when a release was opened apply to it. If a project has rows of its own for a gate, they replace the default rows of that gate.';
comment on column ops.gate_requirements.requirement_id is 'Primary key.';
comment on column ops.gate_requirements.project is
  'The project that the row is for. Null: a default row, for every project that has no rows of its own for the gate.';
comment on column ops.gate_requirements.gate_code is 'The gate that has the requirement.';
comment on column ops.gate_requirements.kind is 'The kind of requirement. It decides what subject means.';
comment on column ops.gate_requirements.subject is
  'By kind. check: name of the check. approval: the persona. evidence: artifact types separated by |, any of which counts. prior_gate: code of that gate. Null for the other kinds.';
comment on column ops.gate_requirements.min_count is
  'How many approvals or artifacts are required, 1 to 20. Always 1 for the other kinds.';
comment on column ops.gate_requirements.enforcement is 'blocking stops the gate; advisory is only shown.';
comment on column ops.gate_requirements.not_initiator is
  'For approvals: whether one by the initiator of the release does not count. False: it counts.';
comment on column ops.gate_requirements.one_gate is
  'For approvals: whether one by somebody who also approved an earlier gate of the release, or this gate in another persona, does not count. False: it counts. It is the same for all approvals of a gate (ops.set_gate_policy).';
comment on column ops.gate_requirements.valid_for is
  'For approvals and evidence: how many seconds after it was recorded one counts. Null: without limit.';
comment on column ops.gate_requirements.require_hash is
  'For evidence: whether an artifact counts only with its SHA-256.';
comment on column ops.gate_requirements.own_token is
  'For approvals, also of exceptions: whether one counts only when the person gave it with their own token. One by an agent that names the person does not.';
comment on column ops.gate_requirements.aal2 is
  'For approvals, also of exceptions: whether one counts only when the token of the person says aal2, with a second factor not older than 12 hours at that moment.';
comment on column ops.gate_requirements.accept_sso is
  'Where aal2 is asked: whether a single sign-on not older than 12 hours is as good.';
comment on column ops.gate_requirements.approvers is
  'For approvals, also of exceptions: the names by which records know the 1 to 50 members of whom min_count must approve. Approvals of others do not count. Null: whoever has the persona. Each was an active person when the row was set, and one of them at least held the role; the server writes the spelling of the member.';
comment on column ops.gate_requirements.valid_from is
  'The row applies to releases opened at or after this moment. The server sets it: the moment of the insert.';
comment on column ops.gate_requirements.valid_to is
  'The row does not apply to releases opened at or after this moment. Null while the row is open. The server sets it once: the moment of the update that closes the row.';
comment on column ops.gate_requirements.closed_by is 'Who closed the row: the name by which records know the caller. Set by the server.';

alter table ops.gate_requirements enable row level security;
create policy gate_requirements_in_own_projects on ops.gate_requirements as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and (
    (select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[])
    or project is null and (select ops_private.is_member())
  )
);
grant select on ops.gate_requirements to service_role;

grant select on ops.gate_requirements to release_manager, audit_reader;
create policy gate_requirements_select_release_manager on ops.gate_requirements
for select to release_manager using (true);
create policy gate_requirements_select_audit_reader on ops.gate_requirements
for select to audit_reader using (true);

create trigger _170_refuse_secret before insert on ops.gate_requirements
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.gate_requirements
for each row execute function ops_private.tg_stamp_provenance();

create function ops_private.tg_lock_policy() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('table ops.gate_requirements', 0));
  return null;
end
$$;
comment on function ops_private.tg_lock_policy() is
  'Before a statement that inserts or updates requirements: waits for releases that are being opened and for other changes of policy, as ops.set_gate_policy does. A release is opened before or after the change, never during it. No row may be locked before, or the two orders of locks could meet in a deadlock.';
revoke execute on function ops_private.tg_lock_policy() from public;

create function ops_private.tg_close_requirement() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  perform ops_private.refuse_other_changes(
    tg_table_name, to_jsonb(old), to_jsonb(new), 'valid_to', 'closed_by');
  if (new.valid_to, new.closed_by) is not distinct from (old.valid_to, old.closed_by) then
    return new;
  elsif old.valid_to is not null then
    raise exception using errcode = 'OPS05', message = 'this requirement is closed already, and that cannot be changed',
      hint = 'set a new policy with ops.set_gate_policy; it applies to releases opened from then on';
  end if;
  new.valid_to := clock_timestamp();
  new.closed_by := ops_private.current_actor();
  return new;
end
$$;
comment on function ops_private.tg_close_requirement() is
  'Before update: any change of valid_to or closed_by closes the row now, in the name of the caller. Raises OPS05 for any other change, and when the row is closed already.';
revoke execute on function ops_private.tg_close_requirement() from public;

create function ops_private.tg_start_requirement() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  new.valid_from := clock_timestamp();
  new.valid_to := null;
  new.closed_by := null;
  return new;
end
$$;
comment on function ops_private.tg_start_requirement() is
  'Before insert: the row is open and applies from now on, whatever the caller sent.';
revoke execute on function ops_private.tg_start_requirement() from public;

create trigger _110_lock_policy before update on ops.gate_requirements
for each statement execute function ops_private.tg_lock_policy();
alter table ops.gate_requirements enable always trigger _110_lock_policy;
create trigger _300_close_requirement before update on ops.gate_requirements
for each row execute function ops_private.tg_close_requirement();
alter table ops.gate_requirements enable always trigger _300_close_requirement;
create trigger _000_refuse_delete before delete or truncate on ops.gate_requirements
for each statement execute function ops_private.tg_refuse_change();
alter table ops.gate_requirements enable always trigger _000_refuse_delete;

-- The default requirements. They start long before any release can be opened.
insert into ops.gate_requirements (gate_code, kind, subject, enforcement, valid_from) values
('G1', 'check', 'build', 'blocking', '2000-01-01 00:00:00+00'),
('G1', 'no_failed_checks', null, 'blocking', '2000-01-01 00:00:00+00'),
('G1', 'evidence', 'build_log', 'advisory', '2000-01-01 00:00:00+00'),
('G2', 'prior_gate', 'G1', 'blocking', '2000-01-01 00:00:00+00'),
('G2', 'approval', 'qa_tester', 'blocking', '2000-01-01 00:00:00+00'),
('G2', 'evidence', 'test_result|uat_summary', 'blocking', '2000-01-01 00:00:00+00'),
('G2', 'no_failed_checks', null, 'blocking', '2000-01-01 00:00:00+00'),
('G3', 'prior_gate', 'G2', 'blocking', '2000-01-01 00:00:00+00'),
('G3', 'approval', 'release_manager', 'blocking', '2000-01-01 00:00:00+00'),
('G3', 'evidence', 'rollback_plan', 'blocking', '2000-01-01 00:00:00+00'),
('G3', 'no_failed_checks', null, 'blocking', '2000-01-01 00:00:00+00'),
('G3', 'evidence', 'release_notes', 'advisory', '2000-01-01 00:00:00+00'),
('G4', 'deployment_health', null, 'blocking', '2000-01-01 00:00:00+00'),
('G4', 'evidence', 'health_check', 'blocking', '2000-01-01 00:00:00+00');

-- Only the rows above start in the past.
create trigger _100_lock_policy before insert on ops.gate_requirements
for each statement execute function ops_private.tg_lock_policy();
create trigger _300_start_requirement before insert on ops.gate_requirements
for each row execute function ops_private.tg_start_requirement();

create function ops_private.tg_name_approvers() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  new.approvers := ops_private.approvers_named(new.approvers, new.project);
  perform ops_private.require_able_approvers(
    new.approvers, case new.kind when 'approval' then new.subject else 'release_manager' end, new.project);
  return new;
end
$$;
comment on function ops_private.tg_name_approvers() is
  'Before insert: writes the approvers as their member rows spell them. Raises OPS06 for somebody who is no active person, and when none of them holds the role in which they are to approve; OPS10 for a list that is none.';
revoke execute on function ops_private.tg_name_approvers() from public;

create trigger _310_name_approvers before insert on ops.gate_requirements
for each row when (new.approvers is not null) execute function ops_private.tg_name_approvers();

create view ops_private.policy_rows
with (security_invoker = true) as
select
  q.project,
  q.gate_code,
  q.kind,
  q.subject,
  q.min_count,
  q.enforcement,
  q.not_initiator,
  q.one_gate,
  q.valid_for,
  q.require_hash,
  case
    when q.own_token or q.aal2 or q.approvers is not null
      then row(q.own_token, q.aal2, q.accept_sso, q.approvers)::ops_private.approval_conditions
  end as asked,
  q.valid_from,
  q.valid_to,
  q.kind in ('prior_gate', 'check', 'no_failed_checks', 'approval', 'evidence', 'deployment_health') as on_gate
from ops.gate_requirements as q;
comment on view ops_private.policy_rows is
  'The rows of ops.gate_requirements. asked: what the row asks of each approval, null for nothing. on_gate: whether the verdict on the gate depends on the row; other rows ask something of production or of exceptions.';
grant select on ops_private.policy_rows to service_role, release_manager, audit_reader;
