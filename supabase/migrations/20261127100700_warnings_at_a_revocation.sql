-- A revocation says what the people who are left cannot satisfy of policy.

create function ops_private.warnings_after(revoked jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_projects text[] := array(select distinct r.value ->> 'project' from jsonb_array_elements(revoked) as r);
begin
  if array_position(v_projects, null) is not null then
    v_projects := array(select p from ops_private.warned_projects() as p);
  end if;
  return (
    -- Of what is in force alone: a revocation waits for nobody's proposals.
    select coalesce(jsonb_agg(to_jsonb(w)), '[]')
    from ops_private.warnings_in_force(v_projects) as w
  );
end
$$;
comment on function ops_private.warnings_after(jsonb) is
  'What the active members of the projects of ended memberships, each {role, project}, cannot satisfy of policy; of all projects, when one of these was for every project.';
revoke execute on function ops_private.warnings_after(jsonb) from public;

create or replace function ops.revoke_membership(
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
  return jsonb_build_object('revoked', v_revoked, 'warnings', ops_private.warnings_after(v_revoked));
end
$$;
comment on function ops.revoke_membership(text, text, text, text, text) is
  'Ends a membership of the member who has this name (their subject, handle, or recorded_as): that with this role for this project (null: the one for every project). Without a role: all of the member. What they recorded stays. Returns {revoked: [{role, project, nobody_left}], warnings}; nobody_left says that nobody else holds this role there, warnings (as ops.policy_warnings) what the active members of these projects cannot satisfy of policy. on_behalf_of names the member who wants it (free text while no release manager is active), reason says why; both are required. Only service_role and the owner of the schemas may call it. Raises OPS06 when there is no such member, or on_behalf_of is no active member; OPS04 for an unknown project; OPS03 above read committed; 23514 when there is no such role or nobody says why; 22023 for a project without a role.';
