-- What the active members cannot satisfy of the policy in force, or of a change that is proposed.

create function ops_private.find_warnings(project text, change ops.policy_changes default null)
returns setof ops.policy_warning
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_asked constant ops_private.asked_approval[] := array(
    select a from ops_private.asked_approvals(find_warnings.project, change) as a);
  v_people constant text[] := ops_private.active_people(find_warnings.project, null);
  w ops.policy_warning;
begin
  for w in
    select f.* from unnest(v_asked) as a cross join lateral ops_private.people_too_few(a, v_people) as f
    union all
    select s.* from ops_private.signers_too_few(v_asked, v_people) as s
    union all
    select f.* from unnest(v_asked) as a cross join lateral ops_private.idle_approvers(a) as f
    union all
    select m.* from ops_private.managers_too_few(find_warnings.project) as m
  loop
    continue when w.code is null;
    w.change_id := change.change_id;
    return next w;
  end loop;
end
$$;
comment on function ops_private.find_warnings(text, ops.policy_changes) is
  'What the active members of a project cannot satisfy of its policy, as it is or after a change. With null: of the default rows, by members of every project. The warnings do not say of which project.';
revoke execute on function ops_private.find_warnings(text, ops.policy_changes) from public;

create function ops_private.warnings_of(project text, change ops.policy_changes default null)
returns setof ops.policy_warning
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select w.* from ops_private.find_warnings(warnings_of.project, change) as f
  cross join lateral ops_private.told_of(f, warnings_of.project) as w;
end
$$;
comment on function ops_private.warnings_of(text, ops.policy_changes) is
  'As ops_private.find_warnings; each warning names the project.';
revoke execute on function ops_private.warnings_of(text, ops.policy_changes) from public;

create function ops_private.warnings_in_force(projects text[]) returns setof ops.policy_warning
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  -- Many projects have the same rows and as many people in the same roles. What is found for one of these holds for all
  -- of them. Somebody is told apart from others only where a requirement names them, or who is there everywhere.
  with own_rows as (
    select q.project, array_agg(e.entry order by e.entry) as entries
    from ops.gate_requirements q
    cross join lateral (select q.gate_code::text || ops_private.entry_of(q)::text as entry) as e
    where q.project is not null and q.valid_to is null group by q.project
  ), known (name) as materialized (
    select n.name from ops.gate_requirements q cross join lateral unnest(q.approvers) as n (name) where q.valid_to is null
    union
    select s.recorded_as from ops.v_memberships s where s.project is null and s.kind = 'person'
  ), own_people as (
    select h.project, array_agg(h.part order by h.part) as parts
    from (
      select
        s.project,
        concat_ws(' ', string_agg(distinct s.role, ' ' order by s.role), (
          select k.name from known as k where k.name = s.recorded_as)) as part
      from ops.v_memberships s where s.project is not null and s.kind = 'person' group by s.project, s.recorded_as
    ) as h
    group by h.project
  ), alike as materialized (
    select array_agg(p.name) as projects
    from unnest(warnings_in_force.projects) as p (name)
    left join own_rows as r on r.project = p.name
    left join own_people as m on m.project = p.name
    group by r.entries, m.parts
  ), found as materialized (
    select a.projects, f as warning from alike as a cross join lateral ops_private.find_warnings(a.projects[1]) as f
  )
  select w.* from found as f
  cross join lateral unnest(f.projects) as p (name) cross join lateral ops_private.told_of(f.warning, p.name) as w
  order by w.project collate "C" nulls first, w.gate_code, w.code;
end
$$;
comment on function ops_private.warnings_in_force(text[]) is
  'The warnings of these projects (null among them: all others) about the policy that is in force.';
revoke execute on function ops_private.warnings_in_force(text[]) from public;

create function ops_private.warned_projects() returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with special as (
    select q.project from ops.gate_requirements q where q.project is not null and q.valid_to is null
    union
    select s.project from ops.v_memberships s where s.project is not null
  )
  select s.project from special s
  union all
  -- All others have the same policy and the same people.
  select null
  where not exists (select from special)
    or exists (select from ops.projects p where p.project not in (select s.project from special s))
  order by 1 nulls first;
end
$$;
comment on function ops_private.warned_projects() is
  'The projects with requirements or members of their own, and null for all others, if there are any.';
revoke execute on function ops_private.warned_projects() from public;

create function ops_private.all_warnings(projects text[]) returns setof ops.policy_warning
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with open_ones as materialized (
    select c from ops.policy_changes c
    where c.confirmed_at is null and c.on_behalf_of is null and ops_private.lapses_at(c) > clock_timestamp()
      and ops_private.policy_state(c) = 'open'
  ), now as materialized (
    select w.project as name, w from ops_private.warnings_in_force(projects) as w
  )
  select (n.w).* from now as n
  union all
  -- Of a proposal, what it would add.
  select w.*
  from unnest(projects) as p (name)
  join open_ones as o on (o.c).project is null or (o.c).project = p.name
  cross join lateral ops_private.warnings_of(p.name, o.c) as w
  where not exists (
    select from now as n
    where n.name is not distinct from p.name and ((n.w).code, (n.w).message) = (w.code, w.message)
  );
end
$$;
comment on function ops_private.all_warnings(text[]) is
  'The warnings of these projects, and those that open proposals would add to them.';
revoke execute on function ops_private.all_warnings(text[]) from public;

create function ops.policy_warnings(project text default null) returns setof ops.policy_warning
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- few roles may read members
as $$
begin
  perform ops_private.require_role('service_role', 'release_manager', 'audit_reader');
  return query
  select w.* from ops_private.all_warnings(case
    when policy_warnings.project is not null then array[ops_private.project_named(policy_warnings.project)]
    when ops_private.sees_all() then array(select p from ops_private.warned_projects() as p)
    else ops_private.my_projects() end) as w;
end
$$;
comment on function ops.policy_warnings(text) is
  'What the active members cannot satisfy of the policy that is in force, or of an open proposal: too few people for a gate or for several together, people named as approvers without the role, fewer than two release managers. For one project, or with null for all of the caller; the projects without requirements and members of their own are one row, with project null. Only for service_role, release managers and auditors. Raises OPS04 for an unknown project, 42501 for one of others.';
revoke execute on function ops.policy_warnings(text) from public;
grant execute on function ops.policy_warnings(text) to service_role, release_manager, audit_reader;
