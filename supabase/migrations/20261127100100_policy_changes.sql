-- Every change of policy is on record: what a release manager proposes for another one to confirm, and what
-- ops.set_gate_policy put in force at once.
create type ops.ops_policy_state as enum ('open', 'confirmed', 'set', 'lapsed', 'overtaken', 'author_revoked');
comment on type ops.ops_policy_state is
  'What became of a change of policy. open: proposed, and another release manager can confirm it. confirmed: its rows came into force when it was confirmed. set: with the secret key, in force at once. Of no effect for good are: lapsed, not confirmed within 7 days; overtaken, other rows came into force; author_revoked, its author did not remain a release manager there.';

create table ops.policy_changes (
  change_id uuid primary key default ops_private.new_id(),
  project text references ops.projects (project) on delete restrict,
  gate_code ops.ops_gate_code not null,
  requirements jsonb not null,
  dropped jsonb not null default '[]',
  reason ops.statement not null,
  on_behalf_of ops.name,
  -- A trigger always sets the two. The defaults make them optional in generated types of an insert.
  base text not null default '',
  hash text not null default '',
  confirmed_at timestamptz,
  confirmed_by text,
  alone boolean,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint requirements_are_a_bounded_list
  check (
    case when jsonb_typeof(requirements) = 'array'
      then jsonb_array_length(requirements) <= 100 and ops_private.is_storable(requirements) else false
    end
  ),
  constraint dropped_are_a_bounded_list
  check (
    case when jsonb_typeof(dropped) = 'array'
      then jsonb_array_length(dropped) <= 100 and ops_private.is_storable(dropped) else false
    end
  ),
  constraint confirmed_by_somebody_alone_or_not check (num_nonnulls(confirmed_at, confirmed_by, alone) in (0, 3)),
  constraint only_proposals_are_confirmed check (on_behalf_of is null or confirmed_at is null),
  constraint alone_when_the_author_confirms check (alone is null or alone = (confirmed_by = created_by))
);
create unique index policy_changes_hash_idx on ops.policy_changes (hash);
create index policy_changes_project_gate_code_idx on ops.policy_changes (project, gate_code, created_at);

comment on table ops.policy_changes is
  'Append-only, but for a confirmation, which is set once. One row per change of policy: a proposal of a release manager, or what ops.set_gate_policy put in force. ops.v_policy_changes says what became of each. Only ops.propose_gate_policy, ops.confirm_gate_policy and ops.set_gate_policy write it.';
comment on column ops.policy_changes.change_id is 'Primary key. The rows of ops.gate_requirements that a change opened or closed name it.';
comment on column ops.policy_changes.project is
  'The project that the change is for. Null: every project that has no rows of its own for the gate.';
comment on column ops.policy_changes.gate_code is 'The gate whose requirements are replaced.';
comment on column ops.policy_changes.requirements is
  'The requirements after the change, at most 100, with defaults filled in, the approvers by the names of records, ordered by kind and subject. Empty: the project uses the default rows again.';
comment on column ops.policy_changes.dropped is
  'The default blocking requirements, each as {kind, subject}, that the proposal leaves out or asks less of, and says so.';
comment on column ops.policy_changes.reason is 'Why the change is wanted; at most 8 KiB.';
comment on column ops.policy_changes.on_behalf_of is
  'Of a change with the secret key or by the owner: who wanted it, by the name by which records know a member. Free text while there was no release manager. Null for a proposal, which its author wants.';
comment on column ops.policy_changes.base is
  'A digest of the rows of the gate that were in force before, and of those that ever were. A proposal is overtaken when it is another one now. Set by the server.';
comment on column ops.policy_changes.hash is
  'SHA-256 of the project, gate, requirements, dropped, reason, author, base and change_id. Who confirms repeats it. Set by the server.';
comment on column ops.policy_changes.confirmed_at is
  'When a proposal was confirmed. The server sets it once: the moment of the update.';
comment on column ops.policy_changes.confirmed_by is
  'Who confirmed it: the name by which records know the caller. Set by the server.';
comment on column ops.policy_changes.alone is
  'Whether its author confirmed it, who was the only release manager. Set by the server.';
comment on column ops.policy_changes.created_at is
  'When the row was recorded: wall clock after the lock of the policy was taken. Set by the server.';
comment on column ops.policy_changes.created_by is
  'Who recorded it: the name by which records know the caller. Set by the server.';
comment on column ops.policy_changes.created_role is 'Role of the caller who recorded it. Set by the server.';

alter table ops.policy_changes enable row level security;
create policy policy_changes_in_own_projects on ops.policy_changes as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and (
    (select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[])
    or project is null and (select ops_private.is_member())
  )
);
grant select on ops.policy_changes to service_role;

grant select on ops.policy_changes to release_manager, audit_reader;
create policy policy_changes_select_release_manager on ops.policy_changes
for select to release_manager using (true);
create policy policy_changes_select_audit_reader on ops.policy_changes
for select to audit_reader using (true);

alter table ops.gate_requirements
add column opened_by_change uuid references ops.policy_changes (change_id) on delete restrict,
add column closed_by_change uuid references ops.policy_changes (change_id) on delete restrict;
create index gate_requirements_opened_by_change_idx on ops.gate_requirements (opened_by_change);
create index gate_requirements_closed_by_change_idx on ops.gate_requirements (closed_by_change);
comment on column ops.gate_requirements.opened_by_change is
  'The change of policy that opened the row. Null for the first default rows, and for what was set before version 0.10.0.';
comment on column ops.gate_requirements.closed_by_change is
  'The change of policy that closed the row. Null while it is open, and for what was closed before version 0.10.0.';

create or replace function ops_private.tg_close_requirement() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  perform ops_private.refuse_other_changes(
    tg_table_name, to_jsonb(old), to_jsonb(new), 'valid_to', 'closed_by', 'closed_by_change');
  if (new.valid_to, new.closed_by, new.closed_by_change)
    is not distinct from (old.valid_to, old.closed_by, old.closed_by_change) then
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
  'Before update: any change of valid_to, closed_by or closed_by_change closes the row now, in the name of the caller. Raises OPS05 for any other change, and when the row is closed already.';

create function ops_private.policy_base(project text, gate_code ops.ops_gate_code) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- A closed row stays in it: so a base never comes back, also when the old rows do.
  return (
    select encode(sha256(convert_to(coalesce(string_agg(
      q.requirement_id::text || case when q.valid_to is null then '+' else '-' end, ',' order by q.requirement_id
    ), ''), 'UTF8')), 'hex')
    from ops.gate_requirements q
    where q.gate_code = policy_base.gate_code and (q.project = policy_base.project or q.project is null and not exists (
      select from ops.gate_requirements own
      where own.project = policy_base.project and own.gate_code = policy_base.gate_code and own.valid_to is null
    ))
  );
end
$$;
comment on function ops_private.policy_base(text, ops.ops_gate_code) is
  'A digest of the rows that a gate of a project has and had; also of the default rows, while the project has none of its own. Null: of the default rows. It never has an earlier value again.';
revoke execute on function ops_private.policy_base(text, ops.ops_gate_code) from public;

create function ops_private.tg_seal_policy_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  new.confirmed_at := null;
  new.confirmed_by := null;
  new.alone := null;
  new.base := ops_private.policy_base(new.project, new.gate_code);
  new.hash := encode(sha256(convert_to(jsonb_build_array(
    new.change_id, new.project, new.gate_code, new.requirements, new.dropped, new.reason, new.on_behalf_of,
    new.created_by, new.base)::text, 'UTF8')), 'hex');
  return new;
end
$$;
comment on function ops_private.tg_seal_policy_change() is
  'Before insert: nobody has confirmed the change, whatever the caller sent. Sets base, and the hash of all that it says.';
revoke execute on function ops_private.tg_seal_policy_change() from public;

create function ops_private.tg_confirm_policy_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- as all triggers: the writer needs no right
as $$
begin
  perform ops_private.refuse_other_changes(
    tg_table_name, to_jsonb(old), to_jsonb(new), 'confirmed_at', 'confirmed_by', 'alone');
  if (new.confirmed_at, new.confirmed_by, new.alone)
    is not distinct from (old.confirmed_at, old.confirmed_by, old.alone) then
    return new;
  elsif old.confirmed_at is not null then
    raise exception using errcode = 'OPS05', message = 'this proposal is confirmed already, and that cannot be changed',
      hint = 'propose another change with ops.propose_gate_policy';
  end if;
  new.confirmed_at := clock_timestamp();
  new.confirmed_by := ops_private.current_actor();
  new.alone := (new.confirmed_by = new.created_by);
  return new;
end
$$;
comment on function ops_private.tg_confirm_policy_change() is
  'Before update: any change of confirmed_at, confirmed_by or alone confirms the proposal now, in the name of the caller. Raises OPS05 for any other change, and when it is confirmed already.';
revoke execute on function ops_private.tg_confirm_policy_change() from public;

create trigger _150_refuse_unstorable before insert on ops.policy_changes
for each row when (not ops_private.is_storable(new.requirements))
execute function ops_private.tg_refuse_unstorable('requirements', 'requirements_are_a_bounded_list');
create trigger _160_refuse_unstorable before insert on ops.policy_changes
for each row when (not ops_private.is_storable(new.dropped))
execute function ops_private.tg_refuse_unstorable('dropped', 'dropped_are_a_bounded_list');
create trigger _170_refuse_secret before insert on ops.policy_changes
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.policy_changes
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_seal_policy_change before insert on ops.policy_changes
for each row execute function ops_private.tg_seal_policy_change();
create trigger _310_confirm_policy_change before update on ops.policy_changes
for each row execute function ops_private.tg_confirm_policy_change();
alter table ops.policy_changes enable always trigger _310_confirm_policy_change;
create trigger _000_refuse_delete before delete or truncate on ops.policy_changes
for each statement execute function ops_private.tg_refuse_change();
alter table ops.policy_changes enable always trigger _000_refuse_delete;
