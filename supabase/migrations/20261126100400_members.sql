-- The people and bots behind tokens, and what each may do where. Initiators and approvers are compared by member, never
-- by spelling.
create table ops.members (
  member_id uuid primary key default gen_random_uuid(),
  subject text not null,
  -- A trigger always sets it. The default makes it optional in generated types of an insert.
  recorded_as text not null default current_user,
  handle text,
  kind text not null,
  active boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint kind_is_person_or_bot check (kind in ('person', 'bot')),
  constraint names_are_printable_ascii
  check (ops_private.is_member_name(subject) and ops_private.is_member_name(handle)),
  constraint handle_is_another_name check (lower(handle collate "C") <> lower(subject collate "C"))
);
create unique index members_subject_folded_idx on ops.members (lower(subject collate "C"));
create unique index members_recorded_as_folded_idx on ops.members (lower(recorded_as collate "C"));
create unique index members_handle_folded_idx on ops.members (lower(handle collate "C"));

comment on table ops.members is
  'One row per person or bot: the subject of their tokens, and the handle by which pipelines name them. ops.memberships says what each may do. Only ops.grant_membership, ops.revoke_membership and ops.replace_subject write it.';
comment on column ops.members.member_id is 'Primary key. It never changes.';
comment on column ops.members.subject is
  'The `sub` of their tokens (the user id). It is unique without regard to case. Only ops.replace_subject changes it.';
comment on column ops.members.recorded_as is
  'By which name records know the member, in approver_id, created_by and everywhere else: their first subject. It never changes, so that one person stays one person when their subject is replaced. Set by the server.';
comment on column ops.members.handle is
  'A second name of the member, other than their subject, for example the Git login. It is unique without regard to case. A name that was used once stays with its member.';
comment on column ops.members.kind is 'person or bot. A bot approves nothing. It never changes.';
comment on column ops.members.active is
  'Whether any membership of theirs stands. Nobody can name a member without one, but their past decisions stay.';

create function ops_private.caller_member() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select s.recorded_as from ops.v_memberships s
    where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C")
      and s.role = current_setting('role') limit 1
  );
end
$$;
comment on function ops_private.caller_member() is
  'By which name records know the caller (members.recorded_as), when a membership of theirs stands with the role that they act in, in any project. Null when there is none.';
revoke execute on function ops_private.caller_member() from public;

create function ops_private.roles_held() returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select s.role from ops.v_memberships s
    where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C")
    group by s.role order by array_position(ops_private.role_order(), s.role)
  );
end
$$;
comment on function ops_private.roles_held() is
  'The roles that the caller holds in any project, whatever role they act in, in the order in which a sign-in chooses.';
revoke execute on function ops_private.roles_held() from public;

create function ops_private.is_member() returns boolean
-- A definer, because a policy runs it as the caller, and few roles may read memberships.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.caller_member() is not null;
end
$$;
comment on function ops_private.is_member() is
  'Whether the subject of the caller''s token is an active member with the role that the caller acts in, in any project. A role in a token alone gives nothing.';

create function ops_private.sees_all() returns boolean
-- A definer, because a policy runs it as the caller, and few roles may read memberships.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if ops_private.is_member_role(current_setting('role')) then
    return exists (
      select from ops.v_memberships s
      where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C")
        and s.role = current_setting('role') and s.project is null
    );
  end if;
  return ops_private.acts_for_all();
end
$$;
comment on function ops_private.sees_all() is
  'Whether the caller may act for every project, also a later one: service_role, the owner, and who holds the role that they act in for every project.';

create function ops_private.my_projects() returns text[]
-- A definer, because a policy runs it as the caller, and few roles may read memberships.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select s.project from ops.v_memberships s
    where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C")
      and s.role = current_setting('role') and s.project is not null
  );
end
$$;
comment on function ops_private.my_projects() is
  'The projects for which the caller holds the role that they act in. A membership in another role gives nothing. Those who see all (ops_private.sees_all) may have none here.';

create function ops_private.sees(project text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := current_setting('role');
begin
  -- Each question about a release asks this: as ops_private.sees_all and ops_private.my_projects, in one look.
  if v_role = 'service_role' then
    return true;
  elsif ops_private.is_member_role(v_role) then
    return exists (
      select from ops.v_memberships s
      where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C") and s.role = v_role
        and (s.project is null or s.project = sees.project)
    );
  end if;
  -- Row security binds neither the owner nor the platform's read-only role.
  return ops_private.is_owner()
    or v_role = 'none' and (select r.rolbypassrls from pg_roles r where r.rolname = session_user);
end
$$;
comment on function ops_private.sees(text) is
  'Whether the caller may act for a project: service_role, the owner, and who holds the role that they act in there or for every project. Somebody who has not used SET ROLE and whom row security does not bind may read there. Null and false mean no.';
revoke execute on function ops_private.sees(text) from public;

create function ops_private.my_colleagues() returns uuid[]
-- A definer, because a policy runs it as the caller, and a policy on members cannot read members.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select distinct s.member_id from ops.memberships s
    where s.project is null or s.project = any (ops_private.my_projects())
  );
end
$$;
comment on function ops_private.my_colleagues() is
  'The members who hold or held any role in one of the caller''s projects, or in every project.';

create function ops_private.my_colleagues_alone() returns uuid[]
-- A definer, because a policy runs it as the caller, and a policy on members cannot read members.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select s.member_id from ops.memberships s
    group by s.member_id
    having bool_and(s.project is not null and s.project = any (ops_private.my_projects()))
  );
end
$$;
comment on function ops_private.my_colleagues_alone() is
  'The members who hold and held roles in the caller''s projects alone. What is recorded of other people may be of another project.';

alter table ops.members enable row level security;
create policy members_in_own_projects on ops.members as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and (
    (select ops_private.sees_all())
    or (select ops_private.is_member()) and member_id = any((select ops_private.my_colleagues())::uuid[])
  )
);
grant select on ops.members to service_role;

grant select on ops.members to release_manager, audit_reader;
create policy members_select_release_manager on ops.members
for select to release_manager using (true);
create policy members_select_audit_reader on ops.members
for select to audit_reader using (true);

create trigger _170_refuse_secret before insert on ops.members
for each row execute function ops_private.tg_refuse_secret();
create trigger _180_refuse_secret before update on ops.members
for each row execute function ops_private.tg_refuse_secret();
alter table ops.members enable always trigger _180_refuse_secret;
create trigger _200_stamp_provenance before insert on ops.members
for each row execute function ops_private.tg_stamp_provenance();
create trigger _300_allow_changes before update on ops.members
for each row execute function ops_private.tg_allow_changes('subject', 'handle', 'active');
alter table ops.members enable always trigger _300_allow_changes;
create trigger _000_refuse_delete before delete or truncate on ops.members
for each statement execute function ops_private.tg_refuse_change();
alter table ops.members enable always trigger _000_refuse_delete;
