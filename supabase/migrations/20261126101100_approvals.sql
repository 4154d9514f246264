-- Decisions of people on a gate, on the release as a whole, or on an exception.
create table ops.approvals (
  approval_id uuid primary key default ops_private.new_id(),
  release_id uuid not null references ops.releases (release_id) on delete restrict,
  gate_id uuid,
  exception_id uuid,
  approver_id text not null,
  persona_role ops.ops_persona_role not null,
  decision ops.ops_decision_type not null,
  scope ops.ops_approval_scope not null,
  rationale_structured jsonb not null default '{}',
  rationale_text ops.statement,
  artifacts_digest text,
  assurance ops.assurance not null default '(f,,,)',
  unmet text,
  observed_at timestamptz not null default clock_timestamp(),
  project text,
  created_at timestamptz not null default '-infinity', -- stands for no moment given
  created_by text not null default current_user,
  created_role text not null default current_user,
  -- The index of this constraint also finds all decisions on a gate.
  constraint approvals_are_linked_with_their_gate unique (release_id, gate_id, approval_id),
  constraint gate_is_of_the_same_release
  foreign key (release_id, gate_id) references ops.release_gates (release_id, gate_id) on delete restrict,
  constraint exception_is_of_the_same_release
  foreign key (release_id, exception_id) references ops.exceptions (release_id, exception_id) on delete restrict,
  constraint gate_is_named_exactly_in_gate_scope check ((scope = 'gate') = (gate_id is not null)),
  constraint exception_is_named_exactly_in_exception_scope check ((scope = 'exception') = (exception_id is not null)),
  constraint observed_not_in_the_future
  check (isfinite(observed_at) and observed_at <= created_at),
  constraint only_an_own_token_says_more
  check (
    (assurance).own_token is not null
    and ((assurance).own_token or num_nonnulls((assurance).aal, (assurance).second_factor_at, (assurance).sso_at) = 0)
  ),
  constraint only_approvals_lack_something
  check (unmet is null or (decision = 'approved' and unmet in ('own_token', 'aal2', 'approvers'))),
  constraint sizes_are_bounded
  check (
    octet_length(approver_id) <= 255
    and jsonb_typeof(rationale_structured) = 'object'
    and (rationale_structured = '{}' or ops_private.is_storable(rationale_structured))
  )
);
create index approvals_release_id_exception_id_idx on ops.approvals (release_id, exception_id)
where exception_id is not null;

comment on table ops.approvals is
  'Append-only. One row per decision. The latest decision per approver and persona counts. On a gate a rejection fails the gate, and a request for changes keeps it open. On the release as a whole both keep it out of staging and production. On an exception both take its effect away.';
comment on column ops.approvals.approval_id is
  'Primary key. Whoever inserts a row may choose it, so that an insert that is sent again meets its own first one.';
comment on column ops.approvals.release_id is 'The release that was decided on.';
comment on column ops.approvals.gate_id is 'The gate that was decided on. Set exactly when scope is gate.';
comment on column ops.approvals.exception_id is
  'The exception that was decided on. Set exactly when scope is exception.';
comment on column ops.approvals.approver_id is
  'The name by which records know the person who decided: the caller, or an active member whom a machine names.';
comment on column ops.approvals.persona_role is
  'The role in which the person decided. It is the role of their membership.';
comment on column ops.approvals.decision is 'What the person decided.';
comment on column ops.approvals.scope is 'What the decision is about.';
comment on column ops.approvals.rationale_structured is
  'The reasons as an object, for example criteria that are met, known defects, figures. An approval has at least one: a number, true, false, or a text with a visible character. At most 256 KiB.';
comment on column ops.approvals.rationale_text is 'The reasons in words; at most 8 KiB.';
comment on column ops.approvals.artifacts_digest is
  'Digest of the artifacts that were on record when it was recorded: SHA-256 in hex of their sorted lines, name, tab, hash and line feed. Null when there were none. An approval of a gate counts while the digest is the same. Set by the server.';
comment on column ops.approvals.assurance is
  'How sure it is who decided: what the token of the request said. Set by the server.';
comment on column ops.approvals.unmet is
  'Why an approval does not count by the policy of the release: the field of the requirement that it does not meet (own_token, aal2 or approvers). Null when it meets all. One that lacks own_token or aal2 changes nothing: it replaces and lifts no other decision of the person, and bars them from nothing. Set by the server.';
comment on column ops.approvals.observed_at is
  'When it was decided. Only ops.ingest_event sets it; a direct insert gets the wall clock.';
comment on column ops.approvals.project is
  'The project of the release. Set by the server.';

alter table ops.approvals enable row level security;
create policy approvals_in_own_projects on ops.approvals as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select, insert, update on ops.approvals to service_role;

grant select on ops.approvals to release_manager, audit_reader;
create policy approvals_select_release_manager on ops.approvals
for select to release_manager using (true);
create policy approvals_select_audit_reader on ops.approvals
for select to audit_reader using (true);
grant insert on ops.approvals to release_manager, qa_tester;
create policy approvals_insert_release_manager on ops.approvals
for insert to release_manager
with check (
  approver_id = (select ops_private.current_actor()) and persona_role = 'release_manager'
  and (scope <> 'gate' or ops_private.is_gate(gate_id, 'G3'))
);
create policy approvals_insert_qa_tester on ops.approvals
for insert to qa_tester
with check (
  approver_id = (select ops_private.current_actor()) and persona_role = 'qa_tester'
  and scope = 'gate' and ops_private.is_gate(gate_id, 'G2')
);

create function ops_private.tg_prepare_approval() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- it reads members; the writer may not
as $$
begin
  if new.decision = 'approved' and not ops_private.is_filled(new.rationale_structured) then
    raise exception using errcode = '23514', constraint = 'an_approval_says_why', schema = 'ops', table = 'approvals',
      column = 'rationale_structured', message = 'an approval has no reasons',
      hint = 'state them in rationale_structured: an object that holds a number, true, false, or a text';
  end if;
  new.approver_id := ops_private.resolve_person(
    name => new.approver_id, persona => new.persona_role::text, project => new.project);
  new.assurance := ops_private.caller_assurance(new.created_at);
  new.unmet := case when new.decision = 'approved' and exists (
    select from ops.gate_requirements q where q.own_token or q.aal2 or q.approvers is not null
  ) then ops_private.unmet_by(new) end;
  return new;
end
$$;
comment on function ops_private.tg_prepare_approval() is
  'Before insert: refuses an approval without reasons (23514, an_approval_says_why), resolves the approver, and sets assurance and unmet. A person must decide as themselves (42501). A machine must name an active member whose role is the persona (OPS06).';
revoke execute on function ops_private.tg_prepare_approval() from public;

create function ops_private.tg_stamp_artifacts() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- it reads builds; the writer may not
as $$
begin
  new.artifacts_digest := ops_private.artifacts_digest(new.release_id, 'infinity');
  return new;
end
$$;
comment on function ops_private.tg_stamp_artifacts() is
  'Before a direct insert of a decision: sets the digest of the artifacts that are on record now, and ignores one that the caller sent.';
revoke execute on function ops_private.tg_stamp_artifacts() from public;

create trigger _150_refuse_unstorable before insert on ops.approvals
for each row when (new.rationale_structured <> '{}' and not ops_private.is_storable(new.rationale_structured))
execute function ops_private.tg_refuse_unstorable('rationale_structured');
create trigger _100_prepare_direct_write before insert on ops.approvals
for each row when (not ops_private.by_definer()) execute function ops_private.tg_prepare_direct_write('observed_at');
create trigger _200_stamp_provenance before insert on ops.approvals
for each row execute function ops_private.tg_stamp_provenance('given');
create trigger _300_prepare_approval before insert on ops.approvals
for each row execute function ops_private.tg_prepare_approval();
create trigger _310_stamp_artifacts before insert on ops.approvals
for each row when (not ops_private.by_definer()) execute function ops_private.tg_stamp_artifacts();
create trigger _500_mark_stop after insert on ops.approvals
for each row when (new.decision = 'rejected' or (new.decision = 'request_changes' and new.scope = 'release'))
execute function ops_private.tg_mark_stop();
create trigger _000_refuse_change before update or delete or truncate on ops.approvals
for each statement execute function ops_private.tg_refuse_change();
alter table ops.approvals enable always trigger _000_refuse_change;
