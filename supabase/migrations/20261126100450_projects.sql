-- Projects. Releases and policies name one that is registered. So nobody evades the policy of a project by writing its
-- name in another way.
create table ops.projects (
  project text primary key,
  description ops.statement,
  on_behalf_of ops.name not null,
  reason ops.statement not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default current_user,
  created_role text not null default current_user,
  constraint project_is_printable_ascii
  check (octet_length(project) <= 255 and project ~ '^[!-~]([ -~]*[!-~])?$')
);
create unique index projects_project_folded_idx on ops.projects (lower(project collate "C"));

comment on table ops.projects is
  'Append-only. One row per project. Releases and policies may name these alone, in any case. Only ops.register_project writes it.';
comment on column ops.projects.project is
  'Primary key: the repository or product, for example insightpulseai/odoo. Printable ASCII, unique without regard to case. This is the spelling that releases and policies get.';
comment on column ops.projects.description is 'What the project is; at most 8 KiB.';
comment on column ops.projects.on_behalf_of is
  'Who wanted it registered: the name by which records know a member. Free text while there was no release manager.';
comment on column ops.projects.reason is 'Why they wanted it; at most 8 KiB.';

alter table ops.projects enable row level security;
create policy projects_in_own_projects on ops.projects as restrictive
to ci_service_role, release_manager, qa_tester, sre, developer, audit_reader
using (
  ops_private.require_no_estimate()
  and ((select ops_private.sees_all()) or project = any((select ops_private.my_projects())::text[]))
);
grant select on ops.projects to service_role;

grant select on ops.projects to release_manager, audit_reader;
create policy projects_select_release_manager on ops.projects
for select to release_manager using (true);
create policy projects_select_audit_reader on ops.projects
for select to audit_reader using (true);

create trigger _170_refuse_secret before insert on ops.projects
for each row execute function ops_private.tg_refuse_secret();
create trigger _200_stamp_provenance before insert on ops.projects
for each row execute function ops_private.tg_stamp_provenance();
create trigger _000_refuse_change before update or delete or truncate on ops.projects
for each statement execute function ops_private.tg_refuse_change();
alter table ops.projects enable always trigger _000_refuse_change;

create function ops_private.project_or_null(project text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select p.project from ops.projects p
    where octet_length(project_or_null.project) <= 255
      and lower(p.project collate "C") = lower(project_or_null.project collate "C")
  );
end
$$;
comment on function ops_private.project_or_null(text) is
  'The spelling of the registered project that is named in any case. Null when there is none.';
revoke execute on function ops_private.project_or_null(text) from public;

create function ops_private.project_named(project text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_project constant text := ops_private.project_or_null(project);
begin
  if v_project is not null and ops_private.sees(v_project) then
    return v_project;
  elsif ops_private.acts_for_all() then
    raise exception using errcode = 'OPS04', message = 'no project of that name is registered',
      hint = 'register it with ops.register_project, or with `ops-gates projects register`';
  end if;
  perform ops_private.refuse_replaced();
  -- The same for a project that is not registered and for one of others, so that nobody finds out which there are.
  raise exception using errcode = '42501', message = 'you may not act for this project',
    detail = 'it is not registered, or it is not yours',
    hint = 'correct its name, or ask whoever holds the secret key to register it';
end
$$;
comment on function ops_private.project_named(text) is
  'The spelling of the registered project that is named in any case. When there is none, or the caller may not act for it, raises OPS04 for service_role and the owner, and 42501 for everyone else.';
revoke execute on function ops_private.project_named(text) from public;

create function ops_private.own_project(project text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_mine text[];
begin
  if project is not null then
    return ops_private.project_named(project);
  elsif not ops_private.sees_all() then
    v_mine := ops_private.my_projects();
    return case when cardinality(v_mine) = 1 then v_mine[1] end;
  end if;
  return null;
end
$$;
comment on function ops_private.own_project(text) is
  'The project of a fact that belongs to no release: the one that is named (as ops_private.project_named), or else the only one of the caller. Null when they have several, and for those who see all: then members of every project see it.';
revoke execute on function ops_private.own_project(text) from public;

create function ops.register_project(
  project text, description text default null, on_behalf_of text default null, reason text default null
) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write this table
as $$
declare
  v_wanted_by text;
  v_project text;
begin
  perform ops_private.require_operator();
  -- Ask before the constraints do: their error would write out the whole row.
  if not ops_private.is_name(register_project.project) or register_project.project ~ '[^ -~]' then
    raise exception using errcode = '23514', constraint = 'project_is_printable_ascii', schema = 'ops',
      table = 'projects', message = 'this cannot be the name of a project',
      hint = 'use 1 to 255 printable ASCII characters, not blank at the ends';
  elsif register_project.description is not null and not ops_private.is_stated(register_project.description) then
    raise exception using errcode = '23514', constraint = 'description_says_something', schema = 'ops',
      table = 'projects', message = 'this description is too long, or nothing of it can be seen',
      hint = 'send at most 8192 bytes with at least one visible character, or none';
  end if;
  v_wanted_by := ops_private.wanted_by(register_project.on_behalf_of, register_project.reason);
  insert into ops.projects as p (project, description, on_behalf_of, reason)
  values (register_project.project, register_project.description, v_wanted_by, register_project.reason)
  on conflict do nothing
  returning p.project into v_project;
  return coalesce(v_project, ops_private.project_or_null(register_project.project));
end
$$;
comment on function ops.register_project(text, text, text, text) is
  'Registers a project and returns its spelling. When one of that name exists, in any case, changes nothing and returns its spelling. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises 23514 when the name is not 1 to 255 printable ASCII characters, a text is too long or cannot be seen, or nobody says why; OPS06 when on_behalf_of is no active member.';
revoke execute on function ops.register_project(text, text, text, text) from public;
grant execute on function ops.register_project(text, text, text, text) to service_role;
