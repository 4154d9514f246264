-- What waits for the caller, over all releases of their projects.

create type ops_private.asked_inbox as (
  person text,
  reach ops_private.reach[],
  projects text[],
  roles text[],
  codes ops.ops_gate_code[],
  codes_of_roles text[],
  alike boolean,
  moment timestamptz
);
comment on type ops_private.asked_inbox is
  'Whose inbox it is. projects: where the person holds a role; null for all. roles: those that they hold anywhere. codes: the gates that can need one of these roles. codes_of_roles: the same as role:code. alike: whether the person holds the same roles in all these projects. moment: the present.';

create function ops_private.asked_by(person text, reach ops_private.reach[]) returns ops_private.asked_inbox
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  b ops_private.asked_inbox;
begin
  b.person := person;
  b.reach := reach;
  b.projects := ops_private.projects_in(reach);
  b.roles := array(select distinct m.role from unnest(reach) as m);
  b.codes_of_roles := array(
    select w.role || ':' || c
    from unnest(enum_range(null::ops.ops_gate_code)) as c cross join unnest(b.roles) as w (role)
    where ops_private.gate_owner(c) = w.role
      or exists (
        select from ops.gate_requirements q
        where q.gate_code = c and q.kind = 'approval' and q.subject = w.role));
  b.codes := array(select distinct split_part(e, ':', 2)::ops.ops_gate_code from unnest(b.codes_of_roles) as e);
  b.alike := (
    select count(distinct m.project is null) = 1
      and count(distinct ops_private.roles_in(reach, m.project)) filter (where m.project is not null) <= 1
    from unnest(reach) as m
  );
  b.moment := clock_timestamp();
  return b;
end
$$;
comment on function ops_private.asked_by(text, ops_private.reach[]) is
  'What an inbox is asked with, worked out once.';
revoke execute on function ops_private.asked_by(text, ops_private.reach[]) from public;

create function ops_private.newest_open(b ops_private.asked_inbox, most integer) returns uuid[]
-- A plan for these values, as for a page of releases.
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
as $$
begin
  return array(
    select n.release_id from (
      select r.release_id, r.project, r.created_at from ops.releases r where r.closed_at is null
      order by r.created_at desc, r.release_id desc limit most
    ) as n
    where b.projects is null or n.project = any (b.projects)
    order by n.created_at desc, n.release_id desc);
end
$$;
comment on function ops_private.newest_open(ops_private.asked_inbox, integer) is
  'Of the newest open releases those of the person''s projects, the newest first. most: how many are looked at, of any project.';
revoke execute on function ops_private.newest_open(ops_private.asked_inbox, integer) from public;

create function ops_private.newest_of_each(
  b ops_private.asked_inbox, most integer, out newest uuid[], out beyond timestamptz
)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
as $$
begin
  select
    coalesce(
      array_agg(o.release_id order by o.created_at desc, o.release_id desc) filter (where o.place <= most), '{}'),
    max(o.created_at) filter (where o.place > most)
  into newest, beyond
  from unnest(b.projects) as p (project)
  cross join lateral (
    select r.release_id, r.created_at, row_number() over (order by r.created_at desc, r.release_id desc) as place
    from ops.releases r where r.project = p.project and r.closed_at is null
    order by r.created_at desc, r.release_id desc limit most + 1
  ) as o;
end
$$;
comment on function ops_private.newest_of_each(ops_private.asked_inbox, integer) is
  'newest: the newest open releases of each of the person''s projects, so that a busy project hides no other; in all the newest first. beyond: when the newest of the others was opened; null without any. most: how many of each project.';
revoke execute on function ops_private.newest_of_each(ops_private.asked_inbox, integer) from public;

create function ops_private.releases_with_work(b ops_private.asked_inbox, among uuid[], most integer)
returns setof ops_private.asked_release
language plpgsql stable set search_path = pg_catalog, pg_temp rows 50
-- One plan is as good for everybody, and takes long to make.
set plan_cache_mode = force_generic_plan
as $$
begin
  -- The conditions are those under which ops_private.items_of can find something, by what is stored. They may name too
  -- many, and never too few.
  return query
  select r, ops_private.stored_gates(r.release_id), b.person, null::text[], null::timestamptz
  from unnest(among) with ordinality as n (release_id, place)
  join ops.releases r on r.release_id = n.release_id
  cross join lateral (
    select array(select g.status from ops.release_gates g where g.release_id = r.release_id order by g.gate_code) as gates
    offset 0
  ) as s
  cross join lateral (
    select s.gates[1] in ('passed', 'bypassed') as g1, s.gates[2] in ('passed', 'bypassed') as g2,
      s.gates[3] in ('passed', 'bypassed') as g3, s.gates[4] in ('passed', 'bypassed') as g4
    offset 0
  ) as cleared
  cross join lateral (
    -- The roles of the person in the project of the release: what waits for another of their roles is not theirs here.
    select case when b.alike then b.roles else ops_private.roles_in(b.reach, r.project) end as roles offset 0
  ) as h
  cross join lateral (
    select 'release_manager' = any (h.roles) as manages, 'sre' = any (h.roles) as runs,
      case when b.alike then b.codes else array(
        select split_part(e, ':', 2)::ops.ops_gate_code from unnest(b.codes_of_roles) as e
        where split_part(e, ':', 1) = any (h.roles)) end as codes
    offset 0
  ) as may
  where r.contested or r.judged_until <= b.moment
    or not cleared.g1 and ('G1' = any (may.codes) or s.gates[1] = 'failed' and 'developer' = any (h.roles)
      and b.person in (r.initiating_actor, r.created_by))
    or not cleared.g2 and 'G2' = any (may.codes) and (s.gates[2] = 'failed' or cleared.g1)
    or not cleared.g3 and 'G3' = any (may.codes) and (s.gates[3] = 'failed' or cleared.g1 and cleared.g2)
    or not cleared.g4 and 'G4' = any (may.codes) and (s.gates[4] in ('failed', 'in_progress')
      or cleared.g1 and cleared.g2 and cleared.g3 and (r.cleared_for >= r.environment_target or r.excepted)
      or r.status <> 'draft' and exists (select from ops.deployments d where d.release_id = r.release_id))
    -- An objection keeps its gate from passing; one to the release or to an exception of it marks the release.
    or (r.objected or r.excepted or s.gates && '{in_progress,failed}') and exists (
      select from ops.approvals d
      where d.release_id = r.release_id and d.decision <> 'approved'
        and (b.person is null or d.approver_id = b.person))
    or may.manages and r.status <> 'draft' and r.initiating_actor is distinct from b.person
      and ((r.objected or r.excepted or s.gates && '{in_progress,failed}')
        and ops_private.may_be_dismissible(r, s.gates, b.moment)
        or exists (
          select from ops.deployments d
          where d.release_id = r.release_id and d.status = 'in_progress'
            and d.created_at < b.moment - ops_private.stalls_after()))
    or r.environment_target = 'production' and r.status <> 'promoted'
      and (may.runs and r.status <> 'draft' and r.cleared_for <> 'production' and s.gates[4] <> 'failed' and exists (
          select from ops.deployments d where d.release_id = r.release_id and d.environment = 'staging')
        or r.asks_beyond and cleared.g1 and cleared.g2 and cleared.g3 and (may.runs or exists (
          select from ops.releases o
          where o.project = r.project and o.source_ref = r.source_ref and (o.stopped or o.contested)
            and o.release_id <> r.release_id)))
  order by n.place limit most;
end
$$;
comment on function ops_private.releases_with_work(ops_private.asked_inbox, uuid[], integer) is
  'Those of some releases, in their order, of which something may wait for the person, by what is stored. It may name too many.';
revoke execute on function ops_private.releases_with_work(ops_private.asked_inbox, uuid[], integer) from public;

create function ops_private.items_of(asked ops_private.asked_release, codes ops.ops_gate_code[])
returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 2
as $$
declare
  a ops_private.asked_release := asked;
  r constant ops.releases := asked.release;
begin
  a.as_of := ops_private.present(r);
  a.gates := ops_private.gates_at_present(r, asked.gates);
  return query select i.* from ops_private.gate_items(a, codes) as i;
  if r.contested then
    return query select i.* from ops_private.contested_items(a) as i;
  end if;
  if r.status <> 'draft' and exists (
    select from ops.approvals d where d.release_id = r.release_id and d.decision <> 'approved'
  ) then
    return query select i.* from ops_private.objection_items(a) as i;
  end if;
  if 'release_manager' = any (a.roles) and (r.status <> 'draft' or r.contested) then
    return query select i.* from ops_private.dismissible_items(a) as i;
  end if;
  if r.asks_beyond or 'sre' = any (a.roles) and r.cleared_for <> 'production' and exists (
    select from ops.deployments d where d.release_id = r.release_id and d.environment = 'staging'
  ) then
    return query select i.* from ops_private.items_beside_gates(a) as i;
  end if;
end
$$;
comment on function ops_private.items_of(ops_private.asked_release, ops.ops_gate_code[]) is
  'What waits for the person on one release. Its gates are given as they are stored. codes: the gates that can need one of the roles.';
revoke execute on function ops_private.items_of(ops_private.asked_release, ops.ops_gate_code[]) from public;

create function ops_private.exception_items(b ops_private.asked_inbox, most integer) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 2
as $$
declare
  x ops.exceptions;
  v_release ops.releases;
  a ops_private.asked_release;
  v_said record;
  v_ended timestamptz;
  v_approvals text[];
  v_projects constant text[] := ops_private.projects_as('release_manager', b.reach);
begin
  a.person := b.person;
  a.as_of := clock_timestamp();
  for x in
    select e.* from (
      select p.* from ops.exceptions p
      where p.post_review_status = 'pending' and (v_projects is null or p.project = any (v_projects))
      order by p.effective_from desc limit most
    ) as e
    -- While a gate is bypassed by it, it needs no decision.
    where not exists (
      select from ops.release_gates g
      join ops.releases r on r.release_id = g.release_id
      where g.release_id = e.release_id and g.exception_id = e.exception_id and r.judged_until > a.as_of)
    order by e.effective_from desc
  loop
    select r.* into v_release from ops.releases r where r.release_id = x.release_id;
    a.release := v_release;
    v_ended := least(x.expires_at, x.revoked_at);
    if v_ended <= a.as_of then
      if x.effective_from <= a.as_of and not ops_private.ever_approved(x, b.person) then
        return next ops_private.item_of(
          a, 'exception_review', 'release_manager', null, x.exception_id,
          format('exception ended: %s', left(x.reason, 200)),
          format('review it (ops-gates exception review %s complete)', x.exception_id), v_ended);
      end if;
      continue;
    end if;
    v_approvals := array(
      select x.unmet where x.approver_id = b.person
      union all
      select d.unmet from ops_private.standing_decisions(x.release_id, null, a.as_of, x.exception_id) as d
      where d.approver_id = b.person and d.decision = 'approved');
    select s.* into v_said from ops_private.exception_approvals(x, a.as_of) as s;
    continue when v_said.objection is not null or v_said.approved or v_release.closed_at is not null
      or array_position(v_approvals, null) is not null -- they approved it by an approval that lacks nothing
      or v_said.approvals >= v_said.needed and b.person <> all (v_said.people_left)
      or b.person = v_release.initiating_actor
      or v_release.dismissed and b.person = any (ops_private.dismissers(x.release_id, a.as_of));
    return next ops_private.item_of(
      a, 'exception_decision', 'release_manager', null, x.exception_id,
      format('%s of an exception: %s',
        coalesce(v_said.missing, format('%s of %s approvals', v_said.approvals, v_said.needed)), left(x.reason, 200)),
      format('approve the exception, or reject it (ops-gates decide %s --exception %s)', x.release_id, x.exception_id),
      x.created_at);
  end loop;
end
$$;
comment on function ops_private.exception_items(ops_private.asked_inbox, integer) is
  'The exceptions that wait for a release manager: those that need another approval, and those that ended and were not reviewed. Not for who approved them (for a review: who ever did, ops_private.ever_approved); the initiator decides on none. most: how many are looked at, the newest.';
revoke execute on function ops_private.exception_items(ops_private.asked_inbox, integer) from public;

create function ops_private.incident_items(b ops_private.asked_inbox) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  v_projects constant text[] := ops_private.projects_as('sre', b.reach);
begin
  if 'sre' <> all (b.roles) then
    return;
  end if;
  return query
  select
    'incident'::ops.ops_inbox_kind, 'sre', r.project, r.release_id, r.release_name::text, r.environment_target,
    null::uuid, null::ops.ops_gate_code, i.incident_id,
    format('%s in %s is %s', i.severity, ops_private.place_of(d.environment, d.target),
      case when i.resolved_at is null then 'not resolved'
        else 'resolved, and its review is ' || i.postmortem_status end),
    case when i.resolved_at is null then 'resolve it, then record when it was resolved'
      else 'review it, then record that its review is complete' end,
    coalesce(i.resolved_at, i.detected_at)
  from ops.incidents i
  join ops.deployments d on d.deployment_id = i.deployment_id
  join ops.releases r on r.release_id = d.release_id
  where (i.resolved_at is null or i.postmortem_status <> 'complete')
    -- Only who recorded it may change it.
    and (b.person is null or i.created_by = b.person)
    and (v_projects is null or i.project = any (v_projects))
  order by i.detected_at desc limit 101;
end
$$;
comment on function ops_private.incident_items(ops_private.asked_inbox) is
  'The incidents that the person recorded as an sre and that are not resolved or not reviewed.';
revoke execute on function ops_private.incident_items(ops_private.asked_inbox) from public;

create function ops_private.candidates(b ops_private.asked_inbox, among uuid[])
returns setof ops_private.asked_release
language plpgsql stable set search_path = pg_catalog, pg_temp rows 50
as $$
declare
  v_at_once constant integer := 200;
  v_found integer := 0;
  v_more integer;
begin
  for v_from in 1 .. cardinality(among) by v_at_once loop
    return query
    select w.* from ops_private.releases_with_work(b, among[v_from : v_from + v_at_once - 1], 51 - v_found) as w;
    get diagnostics v_more = row_count;
    v_found := v_found + v_more;
    exit when v_found = 51;
  end loop;
end
$$;
comment on function ops_private.candidates(ops_private.asked_inbox, uuid[]) is
  'The first 51 of these releases of which something may wait for the person. No more are looked at than that takes.';
revoke execute on function ops_private.candidates(ops_private.asked_inbox, uuid[]) from public;

create function ops_private.items_of_releases(
  b ops_private.asked_inbox, out items ops.inbox_item[], out cut boolean, out not_looked_at timestamptz
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_newest uuid[];
  v_candidates ops_private.asked_release[];
  v_project text;
  v_roles text[];
  a ops_private.asked_release;
begin
  if b.projects is null or cardinality(b.projects) > 4 then
    -- Whoever sees many projects sees many of the newest releases. The others are read only if these are not enough.
    v_newest := ops_private.newest_open(b, 1001);
    v_candidates := array(select w from ops_private.candidates(b, v_newest[1 : 1000]) as w);
    if cardinality(v_newest) > 1000 and b.projects is null then
      not_looked_at := (select r.created_at from ops.releases r where r.release_id = v_newest[1001]);
    end if;
  end if;
  if b.projects is not null and (cardinality(v_candidates) = 51) is not true then
    select o.newest, o.beyond into v_newest, not_looked_at
    from ops_private.newest_of_each(b, greatest(50, 1000 / greatest(cardinality(b.projects), 1))) as o;
    v_candidates := array(select w from ops_private.candidates(b, v_newest) as w);
  end if;
  cut := cardinality(v_candidates) = 51;
  if cut then
    not_looked_at := (v_candidates[51].release).created_at;
  end if;
  items := '{}';
  foreach a in array v_candidates[1 : 50] loop
    if v_project is distinct from (a.release).project then
      v_project := (a.release).project;
      v_roles := ops_private.roles_in(b.reach, v_project);
    end if;
    a.roles := v_roles;
    items := items || array(select i from ops_private.items_of(a, b.codes) as i);
  end loop;
end
$$;
comment on function ops_private.items_of_releases(ops_private.asked_inbox) is
  'What waits for the person on the newest 50 open releases of which something may wait for them. cut: there are more. not_looked_at: open releases that were opened until then were not looked at; null when all were.';
revoke execute on function ops_private.items_of_releases(ops_private.asked_inbox) from public;

create function ops_private.inbox_of(person text, reach ops_private.reach[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  b constant ops_private.asked_inbox := ops_private.asked_by(person, reach);
  v_items ops.inbox_item[];
  v_cut boolean;
  v_not_looked_at timestamptz;
  v_managed constant text[] := ops_private.projects_as('release_manager', reach);
begin
  select s.items, s.cut, s.not_looked_at into v_items, v_cut, v_not_looked_at
  from ops_private.items_of_releases(b) as s;
  v_items := v_items || array(select i from ops_private.incident_items(b) as i);
  if 'release_manager' = any (b.roles) then
    v_items := v_items || array(select i from ops_private.exception_items(b, 200) as i);
    v_cut := v_cut or (
      select count(*) > 200 from (
        select from ops.exceptions x
        where x.post_review_status = 'pending' and (v_managed is null or x.project = any (v_managed)) limit 201
      ) as p);
  end if;
  return jsonb_build_object(
    'items', coalesce((
      select jsonb_agg(to_jsonb(i) order by i.since desc nulls last, i.release_id, i.gate_code, i.kind)
      from (
        select n.* from unnest(v_items) as n
        order by n.since desc nulls last, n.release_id, n.gate_code, n.kind limit 100
      ) as i
    ), '[]'),
    'cut', v_cut or cardinality(v_items) > 100,
    'not_looked_at', v_not_looked_at);
end
$$;
comment on function ops_private.inbox_of(text, ops_private.reach[]) is
  'What waits for a person with these memberships, as ops.inbox answers it. At most 50 releases, 200 exceptions and 100 items.';
revoke execute on function ops_private.inbox_of(text, ops_private.reach[]) from public;

create function ops.inbox() returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  return ops_private.inbox_of(
    ops_private.asking_person(), array(select m from ops_private.my_reach() as m));
end
$$;
comment on function ops.inbox() is
  'What waits for the caller, for all roles that the person holds: {items, cut, not_looked_at}. items: rows of ops.inbox_item, the newest first; only what the person can do, so an initiator sees no sign-off that would not count. cut: there is more than is shown. not_looked_at: open releases that were opened until then were not looked at; null when all were. service_role sees what waits for anybody.';
revoke execute on function ops.inbox() from public;
grant execute on function ops.inbox() to
service_role, release_manager, qa_tester, sre, developer, audit_reader;
