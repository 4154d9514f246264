-- What waits for the caller, over all releases of their projects.

create type ops_private.asked_inbox as (
  person text,
  reach ops_private.reach[],
  projects text[],
  roles text[],
  codes ops.ops_gate_code[],
  dismisses boolean,
  after_deployment boolean,
  moment timestamptz
);
comment on type ops_private.asked_inbox is
  'Whose inbox it is. projects: where the person holds a role; null for all. roles: those that they hold anywhere. codes: the gates that can need one of these roles. dismisses: one of them may dismiss a stop. after_deployment: one of them has to do with what was deployed. moment: the present.';

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
  b.codes := array(
    select c from unnest(enum_range(null::ops.ops_gate_code)) as c
    where ops_private.gate_owner(c) = any (b.roles)
      or exists (
        select from ops.gate_requirements q
        where q.gate_code = c and q.kind = 'approval' and q.subject = any (b.roles)));
  b.dismisses := 'release_manager' = any (b.roles);
  b.after_deployment := b.roles && '{sre,release_manager}';
  b.moment := clock_timestamp();
  return b;
end
$$;
comment on function ops_private.asked_by(text, ops_private.reach[]) is
  'What an inbox is asked with, worked out once.';
revoke execute on function ops_private.asked_by(text, ops_private.reach[]) from public;

create function ops_private.releases_with_work(b ops_private.asked_inbox, looked_at integer, most integer)
returns setof ops.releases
-- A plan for these values, as for a page of releases.
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
as $$
declare
  v_some constant boolean := b.projects is not null;
begin
  return query
  select (n.r).* from (
    select a.r from (
      select r from ops.releases r where not v_some and r.closed_at is null
      order by r.created_at desc, r.release_id desc limit looked_at
    ) as a
    union all
    select s.r from (
      select o.r from unnest(b.projects) as p (project)
      cross join lateral (
        select r from ops.releases r where v_some and r.project = p.project and r.closed_at is null
        order by r.created_at desc, r.release_id desc limit looked_at
      ) as o
      order by (o.r).created_at desc, (o.r).release_id desc
    ) as s
  ) as n
  where (n.r).contested or (n.r).objected or (n.r).judged_until <= b.moment
      -- Once a release is cleared for production, G4 alone can wait: for an sre, or for who may dismiss a deployment.
      or ((n.r).cleared_for <> 'production' or b.after_deployment or (n.r).asks_beyond) and exists (
        select from ops.release_gates g
        where g.release_id = (n.r).release_id and g.status not in ('passed', 'bypassed') and (
          g.gate_code = any (b.codes)
          or g.status = 'failed' and (b.dismisses or b.person in ((n.r).initiating_actor, (n.r).created_by))
          or g.gate_code = 'G4' and (b.after_deployment and (n.r).status <> 'draft' or (n.r).asks_beyond)
        ) and (
          g.status in ('failed', 'in_progress')
          or g.gate_code = 'G4' and ((n.r).cleared_for >= (n.r).environment_target or (n.r).excepted)
          or not exists (
            select from ops.release_gates e
            where e.release_id = g.release_id and e.gate_code < g.gate_code and e.status not in ('passed', 'bypassed'))
        ))
  order by (n.r).created_at desc, (n.r).release_id desc limit most;
end
$$;
comment on function ops_private.releases_with_work(ops_private.asked_inbox, integer, integer) is
  'The newest open releases of the person''s projects of which something may wait for them, by what is stored: a quick look that may name too many. looked_at: how many are looked at in each project, or in all for a member of every project.';
revoke execute on function ops_private.releases_with_work(ops_private.asked_inbox, integer, integer) from public;

create function ops_private.items_of(release ops.releases, b ops_private.asked_inbox) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 2
as $$
declare
  a ops_private.asked_release;
begin
  a.release := release;
  a.gates := array(select g from ops_private.gates_at_present(release) as g);
  a.person := b.person;
  a.roles := ops_private.roles_in(b.reach, release.project);
  a.as_of := ops_private.present(release);
  return query select i.* from ops_private.gate_items(a, b.codes) as i;
  if release.contested then
    return query select i.* from ops_private.contested_items(a) as i;
  end if;
  if exists (
    select from ops.approvals d where d.release_id = release.release_id and d.decision <> 'approved'
  ) then
    return query select i.* from ops_private.objection_items(a) as i;
  end if;
  if 'release_manager' = any (a.roles) and (release.status <> 'draft' or release.contested) then
    return query select i.* from ops_private.dismissible_items(a) as i;
  end if;
  if release.asks_beyond or exists (select from ops.deployments d where d.release_id = release.release_id) then
    return query select i.* from ops_private.items_beside_gates(a) as i;
  end if;
end
$$;
comment on function ops_private.items_of(ops.releases, ops_private.asked_inbox) is
  'What waits for the person on one release.';
revoke execute on function ops_private.items_of(ops.releases, ops_private.asked_inbox) from public;

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
begin
  a.person := b.person;
  a.as_of := clock_timestamp();
  for x in
    select e.* from ops.exceptions e
    where e.post_review_status = 'pending' and (b.projects is null or e.project = any (b.projects))
    order by e.effective_from desc limit most
  loop
    select r.* into v_release from ops.releases r where r.release_id = x.release_id;
    a.release := v_release;
    v_ended := least(x.expires_at, x.revoked_at);
    continue when 'release_manager' <> all (ops_private.roles_in(b.reach, v_release.project));
    v_approvals := array(
      select x.unmet where x.approver_id = b.person
      union all
      select d.unmet from ops_private.standing_decisions(x.release_id, null, a.as_of, x.exception_id) as d
      where d.approver_id = b.person and d.decision = 'approved');
    if v_ended <= a.as_of then
      if x.effective_from <= a.as_of and v_approvals = '{}' then
        return next ops_private.item_of(
          a, 'exception_review', 'release_manager', null, x.exception_id,
          format('exception ended: %s', left(x.reason, 200)),
          format('review it (ops-gates exception review %s complete)', x.exception_id), v_ended);
      end if;
      continue;
    end if;
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
  'The exceptions that wait for a release manager: those that need another approval, and those that ended and were not reviewed. Not for who approved them; the initiator decides on none. most: how many are looked at, the newest.';
revoke execute on function ops_private.exception_items(ops_private.asked_inbox, integer) from public;

create function ops_private.incident_items(b ops_private.asked_inbox) returns setof ops.inbox_item
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
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
    and 'sre' = any (ops_private.roles_in(b.reach, r.project))
  order by i.detected_at desc limit 101;
end
$$;
comment on function ops_private.incident_items(ops_private.asked_inbox) is
  'The incidents that the person recorded as an sre and that are not resolved or not reviewed.';
revoke execute on function ops_private.incident_items(ops_private.asked_inbox) from public;

create function ops_private.not_looked_at(b ops_private.asked_inbox, looked_at integer) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
as $$
begin
  if b.projects is null then
    return (
      select r.created_at from ops.releases r where r.closed_at is null
      order by r.created_at desc offset looked_at limit 1);
  end if;
  return (
    select max(o.created_at) from unnest(b.projects) as p (project)
    cross join lateral (
      select r.created_at from ops.releases r where r.project = p.project and r.closed_at is null
      order by r.created_at desc offset looked_at limit 1
    ) as o
  );
end
$$;
comment on function ops_private.not_looked_at(ops_private.asked_inbox, integer) is
  'When the newest open release was opened that ops_private.releases_with_work does not look at. Null when it looks at all.';
revoke execute on function ops_private.not_looked_at(ops_private.asked_inbox, integer) from public;

create function ops_private.inbox_of(person text, reach ops_private.reach[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  b constant ops_private.asked_inbox := ops_private.asked_by(person, reach);
  v_looked_at constant integer := case when b.projects is null then 1000
    else greatest(50, 1000 / greatest(cardinality(b.projects), 1)) end;
  v_releases constant ops.releases[] := array(
    select r from ops_private.releases_with_work(b, v_looked_at, 51) as r);
  v_items ops.inbox_item[] := array(
    select i from unnest(v_releases[1:50]) as r cross join lateral ops_private.items_of(r, b) as i
    union all
    select i from ops_private.incident_items(b) as i);
begin
  if 'release_manager' = any (b.roles) then
    v_items := v_items || array(select i from ops_private.exception_items(b, 200) as i);
  end if;
  return jsonb_build_object(
    'items', coalesce((
      select jsonb_agg(to_jsonb(i) order by i.since desc nulls last, i.release_id, i.gate_code, i.kind)
      from (
        select n.* from unnest(v_items) as n
        order by n.since desc nulls last, n.release_id, n.gate_code, n.kind limit 100
      ) as i
    ), '[]'),
    'cut', cardinality(v_releases) > 50 or cardinality(v_items) > 100 or (
      select count(*) > 200 from (
        select from ops.exceptions x
        where x.post_review_status = 'pending' and (b.projects is null or x.project = any (b.projects)) limit 201
      ) as p
      where 'release_manager' = any (b.roles)),
    'not_looked_at', ops_private.not_looked_at(b, v_looked_at));
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
