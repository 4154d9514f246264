-- The role in which somebody acts belongs to their session. The next token of that session has it.
create table ops_private.acting_roles (
  session_id text not null,
  member_id uuid not null references ops.members (member_id) on delete cascade,
  role text not null,
  chosen_at timestamptz not null default clock_timestamp(),
  primary key (member_id, session_id),
  constraint session_is_short check (octet_length(session_id) between 1 and 255),
  constraint role_is_one_of_the_six check (ops_private.is_member_role(role))
);
create index acting_roles_member_id_idx on ops_private.acting_roles (member_id, chosen_at desc);

comment on table ops_private.acting_roles is
  'The role that a member chose for a session of theirs with ops.act_as. At most 100 sessions of a member are kept, the newest.';
comment on column ops_private.acting_roles.session_id is 'The session_id of the token.';
comment on column ops_private.acting_roles.member_id is 'Who chose.';
comment on column ops_private.acting_roles.role is 'What they chose. It counts only while they hold it.';
comment on column ops_private.acting_roles.chosen_at is 'When they chose it last.';

create function ops_private.role_of_session(subject text, session_id text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select s.role
    from ops.v_memberships s
    left join ops_private.acting_roles a
      on a.session_id = role_of_session.session_id and a.member_id = s.member_id and a.role = s.role
    where lower(s.subject collate "C") = lower(role_of_session.subject collate "C")
    order by a.role is null, array_position(ops_private.role_order(), s.role)
    limit 1
  );
end
$$;
comment on function ops_private.role_of_session(text, text) is
  'The role in which a member acts in a session: the one that they chose while they hold it, otherwise the first that they hold of audit_reader, developer, qa_tester, sre, release_manager. Null for nobody''s subject.';
revoke execute on function ops_private.role_of_session(text, text) from public;

create function ops.act_as(role text) returns text
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
    where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C")
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
comment on function ops.act_as(text) is
  'Chooses the role in which the caller acts in this session, and returns it. The next token of the session has it: refresh the session after this. For the five roles of people; also for who lost the role that they act in and holds another. Raises OPS13 when the caller does not hold the role, or their token names no session; 42501 when they hold none.';
revoke execute on function ops.act_as(text) from public;
grant execute on function ops.act_as(text) to release_manager, qa_tester, sre, developer, audit_reader;

create type ops.my_membership as (
  subject text,
  recorded_as text,
  handle text,
  role text,
  project text,
  since timestamptz
);
comment on type ops.my_membership is 'A membership of whoever asks.';
comment on column ops.my_membership.subject is 'The `sub` of their tokens now.';
comment on column ops.my_membership.recorded_as is 'By which name records know them: their first subject.';
comment on column ops.my_membership.handle is 'Their handle. Null when they have none.';
comment on column ops.my_membership.role is 'A role that they hold.';
comment on column ops.my_membership.project is 'Where they hold it. Null: in every project, also later ones.';
comment on column ops.my_membership.since is 'Since when.';

create function ops.my_memberships() returns setof ops.my_membership
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- few roles may read memberships
as $$
begin
  perform ops_private.require_own_role(
    'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  return query
  select s.subject, s.recorded_as, s.handle, s.role, s.project, s.since from ops.v_memberships s
  where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C")
  order by array_position(ops_private.role_order(), s.role), s.project nulls first;
end
$$;
comment on function ops.my_memberships() is
  'The memberships of the caller that stand, whatever role they act in: which roles they hold, where, since when, and their handle. A role that their token names and that is not among them gives nothing any more: choose another with ops.act_as, or sign in again. Only one''s own are shown. For the six roles. Raises 42501 for who holds none.';
revoke execute on function ops.my_memberships() from public;
grant execute on function ops.my_memberships() to
ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
