-- Who calls is asked once in a statement. Without a query of its own the function would be called for each member that
-- a plan looks at.

create or replace function ops_private.roles_held() returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select s.role from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
    group by s.role order by array_position(ops_private.role_order(), s.role)
  );
end
$$;

create or replace function ops_private.caller_member() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select s.recorded_as from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
      and s.role = current_setting('role') limit 1
  );
end
$$;

create or replace function ops_private.sees_all() returns boolean
-- A definer, because a policy runs it as the caller, and few roles may read memberships.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if ops_private.is_member_role(current_setting('role')) then
    return exists (
      select from ops.v_memberships s
      where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
        and s.role = current_setting('role') and s.project is null
    );
  end if;
  return ops_private.acts_for_all();
end
$$;

create or replace function ops_private.my_projects() returns text[]
-- A definer, because a policy runs it as the caller, and few roles may read memberships.
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select s.project from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
      and s.role = current_setting('role') and s.project is not null
  );
end
$$;

create or replace function ops_private.sees(project text) returns boolean
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
      where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C")) and s.role = v_role
        and (s.project is null or s.project = sees.project)
    );
  end if;
  -- Row security binds neither the owner nor the platform's read-only role.
  return ops_private.is_owner()
    or v_role = 'none' and (select r.rolbypassrls from pg_roles r where r.rolname = session_user);
end
$$;

create or replace function ops_private.my_reach() returns setof ops_private.reach
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if ops_private.acts_for_all() then
    return query
    select t.role, null::text
    from unnest(array[
      'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader', 'ci_service_role', 'service_role'
    ]) as t (role);
    return;
  end if;
  return query
  select s.role, s.project from ops.v_memberships s
  where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C")) and s.kind = 'person';
end
$$;

create or replace function ops.act_as(role text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may write this table
as $$
declare
  v_claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  v_session constant text := v_claims ->> 'session_id';
  v_member uuid;
begin
  perform ops_private.require_own_role('release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  -- Whoever lost the role that they act in chooses another here.
  if (octet_length(v_session) between 1 and 255) is not true then
    raise exception using errcode = 'OPS13', message = 'your token names no session',
      hint = 'sign in (ops-gates login), and choose the role with the token of that session';
  end if;
  v_member := (
    select s.member_id from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
      and s.role = act_as.role limit 1
  );
  if v_member is null then
    raise exception using errcode = 'OPS13', message = 'you do not hold this role',
      detail = format('you hold: %s', array_to_string(ops_private.roles_held(), ', ')),
      hint = 'choose one of these (ops.my_memberships says where, and ops-gates whoami), or ask for a membership';
  end if;
  insert into ops_private.acting_roles as a (session_id, member_id, role)
  values (v_session, v_member, act_as.role)
  on conflict on constraint acting_roles_pkey
  do update set role = excluded.role, chosen_at = excluded.chosen_at;
  delete from ops_private.acting_roles a
  where a.member_id = v_member and a.session_id <> v_session and a.session_id in (
    select o.session_id from ops_private.acting_roles o
    where o.member_id = v_member order by o.chosen_at desc, o.session_id offset 100
  );
  return act_as.role;
end
$$;

create or replace function ops.my_memberships() returns setof ops.my_membership
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- few roles may read memberships
as $$
begin
  perform ops_private.require_own_role(
    'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  return query
  select s.subject, s.recorded_as, s.handle, s.role, s.project, s.since from ops.v_memberships s
  where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
  order by array_position(ops_private.role_order(), s.role), s.project nulls first;
end
$$;
