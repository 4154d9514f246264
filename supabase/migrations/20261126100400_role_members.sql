-- The people and bot users behind tokens. Initiators and approvers are compared by member, never by spelling.
create table ops.role_members (
  subject text primary key,
  role text not null,
  handle text,
  active boolean not null default true,
  on_behalf_of ops.name not null,
  reason ops.statement not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint role_is_one_of_the_six check (ops_private.is_member_role(role)),
  constraint names_are_printable_ascii
  check (ops_private.is_member_name(subject) and ops_private.is_member_name(handle))
);
create unique index role_members_subject_folded_idx on ops.role_members (lower(subject));
create unique index role_members_handle_folded_idx on ops.role_members (lower(handle));

comment on table ops.role_members is
  'One row per person or bot user: the one role that their tokens carry, and the handle by which pipelines name them. Only ops.grant_membership and ops.revoke_membership write it.';
comment on column ops.role_members.subject is
  'Primary key: the `sub` of their tokens (the user id). One person has one role.';
comment on column ops.role_members.role is 'One of the six roles.';
comment on column ops.role_members.handle is
  'Another name of the same person, for example the Git login. It is unique without regard to case.';
comment on column ops.role_members.active is
  'False after the membership was revoked. Nobody can name the person any more, but their past decisions stay.';
comment on column ops.role_members.on_behalf_of is
  'Who wanted the last change: the subject of a member. Free text while there was no release manager.';
comment on column ops.role_members.reason is 'Why they wanted it; at most 8 KiB.';

create function ops_private.caller_member() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select m.subject from ops.role_members m
    where lower(m.subject) = lower(ops_private.current_actor()) and m.active and m.role = current_setting('role')
  );
end
$$;
comment on function ops_private.caller_member() is
  'The subject of the active membership that the caller acts by: theirs, with the role that they act in. Null when there is none.';
revoke execute on function ops_private.caller_member() from public;

create function ops_private.is_member() returns boolean
-- A definer, because a policy runs it as the caller, and few roles may read memberships.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.caller_member() is not null;
end
$$;
comment on function ops_private.is_member() is
  'Whether the subject of the caller''s token is an active member with the role that the caller acts in. A role in a token alone gives nothing.';

alter table ops.role_members enable row level security;
create policy role_members_members_only on ops.role_members as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader using ((select ops_private.is_member()));
grant select on ops.role_members to service_role;

grant select on ops.role_members to release_manager, audit_reader;
create policy role_members_select_release_manager on ops.role_members
for select to release_manager using (true);
create policy role_members_select_audit_reader on ops.role_members
for select to audit_reader using (true);

create trigger _170_refuse_secret before insert on ops.role_members
for each row execute function ops_private.tg_refuse_secret();
create trigger _180_refuse_secret before update on ops.role_members
for each row execute function ops_private.tg_refuse_secret();
alter table ops.role_members enable always trigger _180_refuse_secret;
create trigger _200_stamp_provenance before insert on ops.role_members
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_allow_changes before update on ops.role_members
for each row execute function ops_private.tg_allow_changes('role', 'handle', 'active', 'on_behalf_of', 'reason');
alter table ops.role_members enable always trigger _300_allow_changes;
create trigger _000_refuse_delete before delete or truncate on ops.role_members
for each statement execute function ops_private.tg_refuse_change();
alter table ops.role_members enable always trigger _000_refuse_delete;

-- The history of memberships: who got which role, when and from whom. ops.role_members has only the present.
create table ops.role_member_changes (
  change_id bigint generated always as identity primary key,
  subject text not null references ops.role_members (subject) on delete restrict,
  role text not null,
  handle text,
  active boolean not null,
  on_behalf_of ops.name not null,
  reason text not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user
);
create index role_member_changes_subject_idx on ops.role_member_changes (subject);
create index role_member_changes_handle_folded_idx on ops.role_member_changes (lower(handle));

comment on table ops.role_member_changes is
  'Append-only. One row for every grant, change and revocation of a membership. Only a trigger writes it.';
comment on column ops.role_member_changes.change_id is 'Primary key.';
comment on column ops.role_member_changes.subject is 'The member whose membership changed.';
comment on column ops.role_member_changes.role is 'Their role after the change.';
comment on column ops.role_member_changes.handle is 'Their handle after the change.';
comment on column ops.role_member_changes.active is 'Whether the membership was active after the change.';
comment on column ops.role_member_changes.on_behalf_of is
  'Who wanted the change: the subject of a member. Free text while there was no release manager.';
comment on column ops.role_member_changes.reason is 'Why they wanted it.';

alter table ops.role_member_changes enable row level security;
create policy role_member_changes_members_only on ops.role_member_changes as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader using ((select ops_private.is_member()));
grant select on ops.role_member_changes to service_role;

grant select on ops.role_member_changes to release_manager, audit_reader;
create policy role_member_changes_select_release_manager on ops.role_member_changes
for select to release_manager using (true);
create policy role_member_changes_select_audit_reader on ops.role_member_changes
for select to audit_reader using (true);

create trigger _200_stamp_provenance before insert on ops.role_member_changes
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_change before update or delete or truncate on ops.role_member_changes
for each statement execute function ops_private.tg_refuse_change();
alter table ops.role_member_changes enable always trigger _000_refuse_change;

create function ops_private.tg_record_member_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may insert changes
as $$
begin
  insert into ops.role_member_changes (subject, role, handle, active, on_behalf_of, reason)
  values (new.subject, new.role, new.handle, new.active, new.on_behalf_of, new.reason);
  return null;
end
$$;
comment on function ops_private.tg_record_member_change() is
  'After a membership changed: records the change, who made it, who wanted it and why.';
revoke execute on function ops_private.tg_record_member_change() from public;

create trigger _500_record_member after insert on ops.role_members
for each row execute function ops_private.tg_record_member_change();
-- A repeated grant with the same values is not a change.
create trigger _500_record_member_change after update on ops.role_members
for each row when (new is distinct from old) execute function ops_private.tg_record_member_change();
alter table ops.role_members enable always trigger _500_record_member_change;

create function ops_private.member_subject(name text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_name constant text := case when octet_length(member_subject.name) <= 8192
    then lower(ops_private.trim_name(member_subject.name)) end;
begin
  return (
    select m.subject from ops.role_members m where lower(m.subject) = v_name or lower(m.handle) = v_name limit 1
  );
end
$$;
comment on function ops_private.member_subject(text) is
  'The subject of the member with this subject or handle, active or not. Case and blanks at the ends are ignored. Null when there is no such member, and for more than 8192 bytes.';
revoke execute on function ops_private.member_subject(text) from public;

create function ops_private.current_person() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_subject constant text := ops_private.caller_member();
begin
  if v_subject is null and current_setting('role') <> 'none' then
    perform ops_private.refuse_stranger();
  end if;
  return coalesce(v_subject, ops_private.current_actor());
end
$$;
comment on function ops_private.current_person() is
  'The subject of the caller, as their membership spells it. The owner of the database needs no membership. Raises 42501 unless anybody else is an active member with the role that they act in.';
revoke execute on function ops_private.current_person() from public;

create function ops_private.resolve_person(name text, persona text default null) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := ops_private.caller_role();
  v_subject constant text := coalesce(
    ops_private.member_subject(resolve_person.name), ops_private.trim_name(resolve_person.name));
begin
  if ops_private.is_person_role(v_role) then
    if (v_subject = ops_private.current_person() and coalesce(persona, v_role) = v_role) is not true then
      raise exception using errcode = '42501', message = format('a %s may only act as themselves', v_role),
        hint = 'name yourself and your own role, or ask the other person to do it';
    end if;
    return v_subject;
  end if;
  if not exists (
    select from ops.role_members m
    where m.subject = v_subject and m.active and m.role <> 'ci_service_role' and m.role = coalesce(persona, m.role)
  ) then
    raise exception using errcode = 'OPS06',
      message = format('the person named is not an active member%s', coalesce(' with role ' || persona, '')),
      hint = 'register the person with ops.grant_membership, then name their subject or handle';
  end if;
  return v_subject;
end
$$;
comment on function ops_private.resolve_person(text, text) is
  'The subject of the person whom the caller names as initiator or approver. People may only name themselves (42501). A machine must name an active member, with this persona as role when one is given (OPS06).';
revoke execute on function ops_private.resolve_person(text, text) from public;

create function ops_private.wanted_by(on_behalf_of text, reason text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if not (ops_private.is_name(wanted_by.on_behalf_of) and ops_private.is_stated(wanted_by.reason)) then
    raise exception using errcode = '23514', constraint = 'somebody_says_why', schema = 'ops', table = 'role_members',
      message = 'on_behalf_of or reason is missing or not readable',
      hint = 'name the person who wants the change, and say why';
  elsif exists (select from ops.role_members m where m.active and m.role = 'release_manager') then
    return ops_private.resolve_person(wanted_by.on_behalf_of);
  end if;
  return coalesce(ops_private.member_subject(wanted_by.on_behalf_of), wanted_by.on_behalf_of);
end
$$;
comment on function ops_private.wanted_by(text, text) is
  'The subject of the person who wants a change of a membership: an active member, who is no pipeline (OPS06). While no release manager is active, any text is accepted. Raises 23514 unless a person and a reason are named.';
revoke execute on function ops_private.wanted_by(text, text) from public;

create function ops.grant_membership(
  subject text, role text, handle text default null, on_behalf_of text default null, reason text default null
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write this table
as $$
declare
  v_wanted_by text;
begin
  perform ops_private.require_role('service_role');
  -- Ask before the constraints do: their error would write out the whole row.
  if (
    ops_private.is_member_name(grant_membership.subject)
    and coalesce(ops_private.is_member_name(grant_membership.handle), true)
  ) is not true then
    raise exception using errcode = '23514', constraint = 'names_are_printable_ascii', schema = 'ops',
      table = 'role_members', message = 'this subject or handle is not usable',
      hint = 'use 1 to 255 printable ASCII characters without blanks, and not service_role';
  elsif ops_private.is_member_role(grant_membership.role) is not true then
    raise exception using errcode = '23514', constraint = 'role_is_one_of_the_six', schema = 'ops',
      table = 'role_members', message = 'there is no such role',
      hint = 'name ci_service_role, release_manager, qa_tester, sre, developer or audit_reader';
  end if;
  v_wanted_by := ops_private.wanted_by(grant_membership.on_behalf_of, grant_membership.reason);
  -- Run one grant at a time: otherwise two grants could make one name a subject and the handle of somebody else.
  perform pg_advisory_xact_lock(hashtextextended('table ops.role_members', 0));
  if exists (
    select from ops.role_members m
    where lower(m.subject) <> lower(grant_membership.subject)
      and (lower(m.subject) = lower(grant_membership.handle)
           or lower(m.handle) in (lower(grant_membership.handle), lower(grant_membership.subject)))
  ) then
    raise exception using errcode = '23505', message = 'that name belongs to another member',
      hint = 'choose another handle; a revoked member keeps theirs, because old records name it';
  elsif exists (
    select from ops.role_member_changes c
    where lower(c.subject) <> lower(grant_membership.subject)
      and lower(c.handle) in (lower(grant_membership.handle), lower(grant_membership.subject))
  ) then
    raise exception using errcode = '23505', message = 'that name was the handle of another member',
      hint = 'choose another handle; one that was used once stays with its person, because old records name it';
  end if;
  insert into ops.role_members as m (subject, role, handle, on_behalf_of, reason)
  values (
    grant_membership.subject, grant_membership.role, grant_membership.handle, v_wanted_by, grant_membership.reason
  )
  on conflict on constraint role_members_pkey
  do update set
    role = excluded.role, handle = coalesce(excluded.handle, m.handle), active = true,
    on_behalf_of = excluded.on_behalf_of, reason = excluded.reason
  where (m.role, m.handle, m.active) is distinct from (excluded.role, coalesce(excluded.handle, m.handle), true);
end
$$;
comment on function ops.grant_membership(text, text, text, text, text) is
  'Gives a person (subject of their token) one of the six roles and a handle. A second call for the same subject changes them. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role may call it. Raises 23514 when a name is not 1 to 255 printable ASCII characters without blanks, or nobody says why; 23505 when another member has it, or had it as a handle before; OPS06 when on_behalf_of is no active member.';
revoke execute on function ops.grant_membership(text, text, text, text, text) from public;
grant execute on function ops.grant_membership(text, text, text, text, text) to service_role;

create function ops.revoke_membership(
  subject text, on_behalf_of text default null, reason text default null
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write this table
as $$
declare
  v_wanted_by text;
begin
  perform ops_private.require_role('service_role');
  v_wanted_by := ops_private.wanted_by(revoke_membership.on_behalf_of, revoke_membership.reason);
  perform pg_advisory_xact_lock(hashtextextended('table ops.role_members', 0));
  if not exists (select from ops.role_members m where m.subject = revoke_membership.subject) then
    raise exception using errcode = 'OPS06', message = 'no member has that subject',
      hint = 'list them with: select subject, role, handle from ops.role_members';
  end if;
  update ops.role_members m
  set active = false, on_behalf_of = v_wanted_by, reason = revoke_membership.reason
  where m.subject = revoke_membership.subject and m.active;
end
$$;
comment on function ops.revoke_membership(text, text, text) is
  'Revokes a membership. What the person recorded stays. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role may call it. Raises OPS06 when there is no such member, or on_behalf_of is no active member; 23514 when nobody says why.';
revoke execute on function ops.revoke_membership(text, text, text) from public;
grant execute on function ops.revoke_membership(text, text, text) to service_role;
