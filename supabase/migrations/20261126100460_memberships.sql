-- What each member may do where: grants and revocations, and what stands now.
create table ops.memberships (
  membership_id bigint generated always as identity primary key,
  member_id uuid not null references ops.members (member_id) on delete restrict,
  role text not null,
  project text references ops.projects (project) on delete restrict,
  granted boolean not null,
  handle text,
  on_behalf_of ops.name not null,
  reason ops.statement not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint role_is_one_of_the_six check (ops_private.is_member_role(role)),
  constraint handle_is_printable_ascii check (ops_private.is_member_name(handle))
);
-- For ops.v_memberships: whoever has many projects has many rows.
create index memberships_member_id_role_project_idx
on ops.memberships (member_id, role, coalesce(project, ''), membership_id);
create index memberships_project_idx on ops.memberships (project);
create index memberships_handle_folded_idx on ops.memberships (lower(handle collate "C")) where handle is not null;

comment on table ops.memberships is
  'Append-only. One row per grant and revocation of a role, in one project or in every project. The newest row of a member, role and project says whether that membership stands. Only ops.grant_membership and ops.revoke_membership write it.';
comment on column ops.memberships.membership_id is 'Primary key. Later rows have greater ones.';
comment on column ops.memberships.member_id is 'Whose membership it is.';
comment on column ops.memberships.role is 'One of the six roles.';
comment on column ops.memberships.project is 'The project for which it holds. Null: every project, also later ones.';
comment on column ops.memberships.granted is 'True for a grant, false for a revocation.';
comment on column ops.memberships.handle is 'The handle that the member had from then on. Null when they had none.';
comment on column ops.memberships.on_behalf_of is
  'Who wanted it: the name by which records know a member. Free text while there was no release manager.';
comment on column ops.memberships.reason is 'Why they wanted it; at most 8 KiB.';


create view ops.v_memberships
with (security_invoker = true) as
select
  m.member_id,
  m.subject,
  m.recorded_as,
  m.handle,
  m.kind,
  s.role,
  s.project,
  s.membership_id,
  s.created_at as since,
  s.on_behalf_of,
  s.reason
from ops.members as m
inner join ops.memberships as s on m.member_id = s.member_id
where m.active and s.granted and not exists (
  select from ops.memberships as later
  where later.member_id = s.member_id and later.role = s.role and later.membership_id > s.membership_id
    and coalesce(later.project, '') = coalesce(s.project, '')
);
comment on view ops.v_memberships is
  'The memberships that stand now: who may do what where. The only place of this rule.';
comment on column ops.v_memberships.member_id is 'The member.';
comment on column ops.v_memberships.subject is 'The `sub` of their tokens now.';
comment on column ops.v_memberships.recorded_as is 'By which name records know the member.';
comment on column ops.v_memberships.handle is 'Another name of theirs.';
comment on column ops.v_memberships.kind is 'person or bot.';
comment on column ops.v_memberships.role is 'The role that they hold.';
comment on column ops.v_memberships.project is 'The project for which they hold it. Null: every project, also later ones.';
comment on column ops.v_memberships.membership_id is 'The grant.';
comment on column ops.v_memberships.since is 'When it was granted.';
comment on column ops.v_memberships.on_behalf_of is 'Who wanted it.';
comment on column ops.v_memberships.reason is 'Why they wanted it.';

alter table ops.memberships enable row level security;
create policy memberships_in_own_projects on ops.memberships as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and (
    (select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[])
    or project is null and (select ops_private.is_member())
  )
);
grant select on ops.memberships to service_role;

grant select on ops.memberships to release_manager, audit_reader;
create policy memberships_select_release_manager on ops.memberships
for select to release_manager using (true);
create policy memberships_select_audit_reader on ops.memberships
for select to audit_reader using (true);

grant select on ops.v_memberships to service_role, release_manager, audit_reader;

create trigger _170_refuse_secret before insert on ops.memberships
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.memberships
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_change before update or delete or truncate on ops.memberships
for each statement execute function ops_private.tg_refuse_change();
alter table ops.memberships enable always trigger _000_refuse_change;

create function ops_private.member_named(name text) returns ops.members
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_name constant text := case when octet_length(member_named.name) <= 8192
    then lower(ops_private.trim_name(member_named.name) collate "C") end;
begin
  -- No two members share a name (ops_private.refuse_taken), so at most one has it.
  return (
    select m from ops.members m
    where lower(m.subject collate "C") = v_name or lower(m.recorded_as collate "C") = v_name
      or lower(m.handle collate "C") = v_name or m.member_id = (
        select o.member_id from ops.replaced_subjects o where lower(o.old_subject collate "C") = v_name
      ) or m.member_id = (
        select s.member_id from ops.memberships s where lower(s.handle collate "C") = v_name limit 1
      ) limit 1
  );
end
$$;
comment on function ops_private.member_named(text) is
  'The member who has this name, active or not: their subject, one that was replaced, the name by which records know them (recorded_as), or a handle that they have or had. It says who is meant, and not who calls: a replaced subject gives nothing. Case and blanks at the ends are ignored. Null when there is no such member, and for more than 8192 bytes.';
revoke execute on function ops_private.member_named(text) from public;

create function ops_private.own_name(name text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case when (ops_private.member_named(own_name.name)).recorded_as = ops_private.current_actor()
    then ops_private.current_actor() else own_name.name end;
end
$$;
comment on function ops_private.own_name(text) is
  'By which name records know the caller, when their subject or handle is given, in any case; otherwise the name as it is.';
revoke execute on function ops_private.own_name(text) from public;

create function ops_private.current_person() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_subject constant text := ops_private.caller_member();
begin
  if v_subject is null and not ops_private.is_owner() then
    perform ops_private.refuse_stranger();
  end if;
  return coalesce(v_subject, ops_private.current_actor());
end
$$;
comment on function ops_private.current_person() is
  'By which name records know the caller (members.recorded_as). The owner of the database needs no membership. Raises 42501 unless anybody else is an active member with the role that they act in.';
revoke execute on function ops_private.current_person() from public;

create function ops_private.holds(subject text, role text, project text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_subject constant text := lower(holds.subject collate "C"); -- once: it may be a long text that names nobody
begin
  return exists (
    select from ops.v_memberships s
    where lower(s.recorded_as collate "C") = v_subject and s.role = coalesce(holds.role, s.role)
      and (holds.role is not null or s.kind = 'person')
      and (s.project is null or holds.project is null or s.project = holds.project)
  );
end
$$;
comment on function ops_private.holds(text, text, text) is
  'Whether a membership of somebody stands, by the name under which records know them, with a role (any role of a person when it is null) that holds for a project (any when it is null).';
revoke execute on function ops_private.holds(text, text, text) from public;

create function ops_private.held_at(subject text, role text, project text, as_of timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.members m
    join ops.memberships s on s.member_id = m.member_id
    where lower(m.recorded_as collate "C") = lower(held_at.subject collate "C") and s.role = held_at.role
      and (s.project is null or held_at.project is null or s.project = held_at.project)
      and s.granted and s.created_at <= as_of and not exists (
        select from ops.memberships later
        where later.member_id = s.member_id and later.role = s.role and later.project is not distinct from s.project
          and later.membership_id > s.membership_id and later.created_at <= as_of
      )
  );
end
$$;
comment on function ops_private.held_at(text, text, text, timestamptz) is
  'Whether a member, by the name under which records know them, held a role for a project (any when it is null) at a moment. Only the remedy of a finding and who can mend it depend on it, never a verdict.';
revoke execute on function ops_private.held_at(text, text, text, timestamptz) from public;

create function ops_private.resolve_person(name text, persona text default null, project text default null)
returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := ops_private.caller_role();
  v_subject constant text := coalesce(
    (ops_private.member_named(resolve_person.name)).recorded_as, ops_private.trim_name(resolve_person.name));
begin
  if ops_private.is_person_role(v_role) then
    if v_subject is distinct from ops_private.current_person() then
      raise exception using errcode = '42501', message = format('a %s may only act as themselves', v_role),
        hint = 'name yourself, or ask the other person to do it';
    elsif persona <> v_role then
      raise exception using errcode = '42501', message = format('who acts as %s may not decide as %s', v_role, persona),
        hint = ops_private.hint_to_act_as(array[persona], format('leave it to a %s', persona));
    end if;
    return v_subject;
  end if;
  if not ops_private.holds(v_subject, persona, resolve_person.project) then
    raise exception using errcode = 'OPS06',
      message = format('the person named is not an active member%s%s', coalesce(' with role ' || persona, ''),
        case when resolve_person.project is not null then ' of the project' end),
      hint = 'register the person with ops.grant_membership, then name their subject or handle';
  end if;
  return v_subject;
end
$$;
comment on function ops_private.resolve_person(text, text, text) is
  'The name by which records know the person whom the caller names as initiator or approver. People may only name themselves (42501). A machine must name a person with a membership that stands, in this persona when one is given, for this project when one is given (OPS06).';
revoke execute on function ops_private.resolve_person(text, text, text) from public;

create function ops_private.wanted_by(on_behalf_of text, reason text, project text default null) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if not (ops_private.is_name(wanted_by.on_behalf_of) and ops_private.is_stated(wanted_by.reason)) then
    raise exception using errcode = '23514', constraint = 'somebody_says_why', schema = 'ops', table = 'memberships',
      message = 'on_behalf_of or reason is missing or not readable',
      hint = 'name the person who wants the change, and say why';
  elsif exists (
    select from ops.v_memberships s
    where s.role = 'release_manager' and (s.project is null or s.project = wanted_by.project)
  ) then
    return ops_private.resolve_person(wanted_by.on_behalf_of, project => wanted_by.project);
  elsif exists (select from ops.v_memberships s where s.role = 'release_manager') then
    return ops_private.resolve_person(wanted_by.on_behalf_of); -- a project without a manager of its own
  end if;
  return coalesce((ops_private.member_named(wanted_by.on_behalf_of)).recorded_as, wanted_by.on_behalf_of);
end
$$;
comment on function ops_private.wanted_by(text, text, text) is
  'The name by which records know the person who wants a change of a membership: an active member, who is no pipeline, of the project if one is given (OPS06). While no release manager is active, any text is accepted. Raises 23514 unless a person and a reason are named.';
revoke execute on function ops_private.wanted_by(text, text, text) from public;

create function ops_private.refuse_unusable(subject text, handle text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Ask before the constraints do: their error would write out the whole row.
  if (
    ops_private.is_member_name(refuse_unusable.subject)
    and coalesce(ops_private.is_member_name(refuse_unusable.handle), true)
  ) is not true then
    raise exception using errcode = '23514', constraint = 'names_are_printable_ascii', schema = 'ops',
      table = 'members', message = 'this subject or handle is not usable',
      hint = 'use 1 to 255 printable ASCII characters without blanks, and not service_role';
  end if;
end
$$;
comment on function ops_private.refuse_unusable(text, text) is
  'Raises 23514 unless these can be the subject and the handle of a member; the handle may be null.';
revoke execute on function ops_private.refuse_unusable(text, text) from public;

create function ops_private.refuse_same(subject text, handle text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if lower(refuse_same.subject collate "C") = lower(refuse_same.handle collate "C") then
    raise exception using errcode = '23514', constraint = 'handle_is_another_name', schema = 'ops',
      table = 'members', message = 'the handle and the subject of a member cannot be the same',
      detail = 'a subject can be replaced and gives nothing after that, but a handle stays',
      hint = 'name another handle; a new member may have none, and is found by the subject';
  end if;
end
$$;
comment on function ops_private.refuse_same(text, text) is
  'Raises 23514 when the subject and the handle of a member would be the same name; the handle may be null.';
revoke execute on function ops_private.refuse_same(text, text) from public;

create function ops_private.refuse_taken(name text, member_id uuid, mended_by text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_name constant text := lower(refuse_taken.name collate "C");
begin
  -- A subject that was replaced is revoked, for its own member too.
  if exists (select from ops.replaced_subjects o where lower(o.old_subject collate "C") = v_name) then
    raise exception using errcode = 'OPS15', message = 'that subject was replaced, and nobody gets it again',
      hint = 'use the present subject of the member (ops.members), or that of another user';
  elsif exists (
    select from ops.members m
    where v_name in (lower(m.subject collate "C"), lower(m.handle collate "C"))
      and m.member_id is distinct from refuse_taken.member_id
  ) then
    raise exception using errcode = 'OPS15', message = 'that name belongs to another member',
      detail = 'a revoked member keeps theirs, because old records name it',
      hint = mended_by;
  elsif exists (
    select from ops.memberships s
    where lower(s.handle collate "C") = v_name and s.member_id is distinct from refuse_taken.member_id
  ) then
    raise exception using errcode = 'OPS15', message = 'that name was the handle of another member',
      detail = 'one that was used once stays with its person, because old records name it',
      hint = mended_by;
  end if;
end
$$;
comment on function ops_private.refuse_taken(text, uuid, text) is
  'Raises OPS15 when a name is or was the subject or handle of a member other than this one, or a subject that was replaced. mended_by: what to do where it is another member''s.';
revoke execute on function ops_private.refuse_taken(text, uuid, text) from public;

create function ops_private.refuse_grant(subject text, role text, handle text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  m ops.members;
begin
  perform ops_private.refuse_unusable(refuse_grant.subject, refuse_grant.handle);
  perform ops_private.refuse_same(refuse_grant.subject, refuse_grant.handle);
  if ops_private.is_member_role(refuse_grant.role) is not true then
    raise exception using errcode = '23514', constraint = 'role_is_one_of_the_six', schema = 'ops',
      table = 'memberships', message = 'there is no such role',
      hint = 'name ci_service_role, release_manager, qa_tester, sre, developer or audit_reader';
  end if;
  select x.* into m from ops.members x where lower(x.subject collate "C") = lower(refuse_grant.subject collate "C");
  perform ops_private.refuse_taken(n.name, m.member_id,
    'if their user was deleted and created anew, give them the new subject: ops.replace_subject (ops-gates roles replace); for somebody else, choose another name')
  from unnest(array[refuse_grant.subject, refuse_grant.handle]) as n (name);
  if m.kind <> (case refuse_grant.role when 'ci_service_role' then 'bot' else 'person' end) then
    raise exception using errcode = 'OPS13', message = 'a bot holds ci_service_role alone, and a person never does',
      hint = 'create a user for the pipeline, and grant the role to that one';
  end if;
end
$$;
comment on function ops_private.refuse_grant(text, text, text) is
  'Raises why a role cannot be granted: 23514 for a name or role that is none, OPS15 for a name of another member and a subject that was replaced, OPS13 for a role that a bot or a person cannot hold.';
revoke execute on function ops_private.refuse_grant(text, text, text) from public;

create function ops.grant_membership(
  subject text, role text, project text default null, handle text default null, on_behalf_of text default null,
  reason text default null
) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write these tables
as $$
declare
  v_wanted_by text;
  v_project text;
  m ops.members;
begin
  perform ops_private.require_operator();
  perform ops_private.refuse_isolation();
  -- One change at a time: otherwise two grants could make one name a subject and the handle of somebody else.
  perform pg_advisory_xact_lock(hashtextextended('table ops.members', 0));
  perform ops_private.refuse_grant(grant_membership.subject, grant_membership.role, grant_membership.handle);
  if grant_membership.project is not null then
    v_project := ops_private.project_named(grant_membership.project);
  end if;
  v_wanted_by := ops_private.wanted_by(grant_membership.on_behalf_of, grant_membership.reason, v_project);
  select x.* into m from ops.members x where lower(x.subject collate "C") = lower(grant_membership.subject collate "C");
  if exists (
    select from ops.v_memberships s
    where s.member_id = m.member_id and s.role = grant_membership.role and s.project is not distinct from v_project
  ) and coalesce(grant_membership.handle = m.handle, grant_membership.handle is null) then
    raise exception using errcode = 'OPS16', message = 'this membership stands already',
      hint = 'nothing is to do; ops.revoke_membership (ops-gates roles revoke) ends it';
  end if;
  if m.member_id is null then
    insert into ops.members (subject, handle, kind)
    values (
      grant_membership.subject, grant_membership.handle,
      case grant_membership.role when 'ci_service_role' then 'bot' else 'person' end
    ) returning * into m;
  else
    update ops.members x set handle = coalesce(grant_membership.handle, x.handle), active = true
    where x.member_id = m.member_id returning * into m;
  end if;
  insert into ops.memberships (member_id, role, project, granted, handle, on_behalf_of, reason)
  values (m.member_id, grant_membership.role, v_project, true, m.handle, v_wanted_by, grant_membership.reason);
  return m.member_id;
end
$$;
comment on function ops.grant_membership(text, text, text, text, text, text) is
  'Gives a person or bot (subject of their token) one of the six roles, for one project or, with null, for every project, also later ones. Returns their member_id. A person may hold several. handle: another name of the member; a new one replaces theirs. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises 23514 when a name is not 1 to 255 printable ASCII characters without blanks, the handle is the subject, there is no such role, or nobody says why; OPS15 when a name is or was one of another member, or the subject was replaced; OPS04 for an unknown project; OPS06 when on_behalf_of is no active member, or not of this project; OPS03 above read committed; OPS13 for a role that a bot or a person cannot hold; OPS16 when the membership stands already.';
revoke execute on function ops.grant_membership(text, text, text, text, text, text) from public;
grant execute on function ops.grant_membership(text, text, text, text, text, text) to service_role;

create function ops_private.left_alone(role text, project text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return not exists (
    select from ops.v_memberships s
    where s.role = left_alone.role and (s.project is null or s.project = left_alone.project)
  );
end
$$;
comment on function ops_private.left_alone(text, text) is
  'Whether nobody holds a role for a project; with null, for every project.';
revoke execute on function ops_private.left_alone(text, text) from public;

create function ops.revoke_membership(
  subject text, role text default null, project text default null, on_behalf_of text default null,
  reason text default null
) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write these tables
as $$
declare
  v_wanted_by text;
  m ops.members;
  v_project text;
  v_revoked jsonb := '[]'::jsonb;
  s ops.v_memberships;
begin
  perform ops_private.require_operator();
  if revoke_membership.role is not null and ops_private.is_member_role(revoke_membership.role) is not true then
    raise exception using errcode = '23514', constraint = 'role_is_one_of_the_six', schema = 'ops',
      table = 'memberships', message = 'there is no such role',
      hint = 'name ci_service_role, release_manager, qa_tester, sre, developer or audit_reader, or none for all';
  elsif revoke_membership.role is null and revoke_membership.project is not null then
    raise exception using errcode = '22023', message = 'a project alone says no membership',
      hint = 'name the role as well, or neither of the two to end all of their memberships';
  end if;
  perform ops_private.refuse_isolation();
  perform pg_advisory_xact_lock(hashtextextended('table ops.members', 0));
  v_wanted_by := ops_private.wanted_by(revoke_membership.on_behalf_of, revoke_membership.reason);
  v_project := case when revoke_membership.project is not null
    then ops_private.project_named(revoke_membership.project) end;
  m := ops_private.member_named(revoke_membership.subject);
  if m.member_id is null then
    raise exception using errcode = 'OPS06', message = 'no member has that name',
      hint = 'list them with: select subject, handle, kind, active from ops.members';
  end if;
  for s in
    select x.* from ops.v_memberships x
    where x.member_id = m.member_id and (
      revoke_membership.role is null
      or x.role = revoke_membership.role and x.project is not distinct from v_project)
    order by x.membership_id
  loop
    insert into ops.memberships (member_id, role, project, granted, handle, on_behalf_of, reason)
    values (m.member_id, s.role, s.project, false, m.handle, v_wanted_by, revoke_membership.reason);
    v_revoked := v_revoked || jsonb_build_object('role', s.role, 'project', s.project);
  end loop;
  -- Only now: one of the memberships may have covered another.
  v_revoked := (
    select coalesce(jsonb_agg(e.value || jsonb_build_object(
      'nobody_left', ops_private.left_alone(e.value ->> 'role', e.value ->> 'project')) order by e.ordinality), '[]')
    from jsonb_array_elements(v_revoked) with ordinality as e
  );
  update ops.members x set active = false
  where x.member_id = m.member_id and x.active
    and not exists (select from ops.v_memberships n where n.member_id = m.member_id);
  return jsonb_build_object('revoked', v_revoked);
end
$$;
comment on function ops.revoke_membership(text, text, text, text, text) is
  'Ends a membership of the member who has this name (their subject, handle, or recorded_as): that with this role for this project (null: the one for every project). Without a role: all of the member. What they recorded stays. Returns {revoked: [{role, project, nobody_left}]}; nobody_left says that nobody else holds this role there. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises OPS06 when there is no such member, or on_behalf_of is no active member; OPS04 for an unknown project; OPS03 above read committed; 23514 when there is no such role or nobody says why; 22023 for a project without a role.';
revoke execute on function ops.revoke_membership(text, text, text, text, text) from public;
grant execute on function ops.revoke_membership(text, text, text, text, text) to service_role;
