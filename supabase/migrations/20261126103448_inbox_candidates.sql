-- Of which releases something may wait for a person, by what is stored of them.

create type ops_private.inbox_scope as (
  person text,
  reach ops_private.reach[],
  projects text[],
  roles text[],
  codes ops.ops_gate_code[],
  codes_of_roles text[],
  alike boolean,
  names_people boolean,
  moment timestamptz
);
comment on type ops_private.inbox_scope is
  'Whose inbox it is. projects: where the person holds a role; null for all. roles: those that they hold anywhere. codes: the gates that can need one of these roles. codes_of_roles: the same as role:code. alike: whether the person holds the same roles in all these projects. names_people: whether any policy names people who must approve. moment: the present.';

create function ops_private.inbox_scope_of(person text, reach ops_private.reach[]) returns ops_private.inbox_scope
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  b ops_private.inbox_scope;
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
    select count(distinct p.project is null) = 1 and (b.projects is null or count(distinct p.roles) = 1)
    from (
      select m.project, array_agg(distinct m.role order by m.role) as roles from unnest(reach) as m group by m.project
    ) as p
  );
  b.names_people := exists (select from ops.gate_requirements q where q.approvers is not null);
  b.moment := clock_timestamp();
  return b;
end
$$;
comment on function ops_private.inbox_scope_of(text, ops_private.reach[]) is
  'What an inbox is asked with, worked out once.';
revoke execute on function ops_private.inbox_scope_of(text, ops_private.reach[]) from public;

create function ops_private.newest_open(before uuid, most integer) returns uuid[]
-- A plan for these values, as for a page of releases.
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
as $$
declare
  v_before_at constant timestamptz := coalesce(
    (select r.created_at from ops.releases r where r.release_id = before), 'infinity');
begin
  return array(
    select r.release_id from ops.releases r
    where r.closed_at is null and r.created_at <= v_before_at
      and (before is null or (r.created_at, r.release_id) < (v_before_at, before))
    order by r.created_at desc, r.release_id desc limit most);
end
$$;
comment on function ops_private.newest_open(uuid, integer) is
  'The newest open releases of all projects, the newest first. before: only those that were opened before this one; null for all.';
revoke execute on function ops_private.newest_open(uuid, integer) from public;

create function ops_private.newest_of_each(
  b ops_private.inbox_scope, most integer, out newest uuid[], out beyond timestamptz
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
comment on function ops_private.newest_of_each(ops_private.inbox_scope, integer) is
  'newest: the newest open releases of each of the person''s projects, so that a busy project hides no other; in all the newest first. beyond: when the newest of the others was opened; null without any. most: how many of each project.';
revoke execute on function ops_private.newest_of_each(ops_private.inbox_scope, integer) from public;

create function ops_private.releases_with_work(b ops_private.inbox_scope, among uuid[], most integer)
returns setof ops_private.inbox_release
language plpgsql stable set search_path = pg_catalog, pg_temp rows 50
as $$
declare
  v_dismissible constant uuid[] := case when 'release_manager' = any (b.roles)
    then ops_private.maybe_dismissible(among, b.moment) else '{}' end;
begin
  -- The conditions are those under which ops_private.gate_items and ops_private.items_beside can find something, by
  -- what is stored of the release alone where that says no. They may name too many, and never too few.
  return query
  select
    r, array(select g from ops.release_gates g where g.release_id = r.release_id order by g.gate_code), b.person,
    h.roles, null::timestamptz, b.names_people, w.objected, w.dismissible, w.beside
  from unnest(among) with ordinality as n (release_id, place)
  join ops.releases r on r.release_id = n.release_id
  cross join lateral (
    -- The roles of the person in the project of the release: what waits for another of their roles is not theirs here.
    select case when b.alike then b.roles else ops_private.roles_in(b.reach, r.project) end as roles offset 0
  ) as h
  cross join lateral (
    select
      r.gate_statuses[1] in ('passed', 'bypassed') as g1, r.gate_statuses[2] in ('passed', 'bypassed') as g2,
      r.gate_statuses[3] in ('passed', 'bypassed') as g3, r.gate_statuses[4] in ('passed', 'bypassed') as g4,
      -- Of these the stored verdicts say too little.
      r.contested or (r.judged_until <= b.moment) is true as unknown,
      'release_manager' = any (h.roles) as manages, 'sre' = any (h.roles) as runs,
      case when b.alike then b.codes else array(
        select split_part(e, ':', 2)::ops.ops_gate_code from unnest(b.codes_of_roles) as e
        where split_part(e, ':', 1) = any (h.roles)) end as codes
    offset 0
  ) as c
  cross join lateral (
    select
      -- An objection keeps its gate from passing; one to the release or to an exception of it marks the release.
      c.unknown or r.objected or r.excepted or r.gate_statuses && '{in_progress,failed}' as may_be_stopped,
      not c.g1 and ('G1' = any (c.codes) or r.gate_statuses[1] = 'failed' and 'developer' = any (h.roles)
        and b.person in (r.initiating_actor, r.created_by))
      or not c.g2 and 'G2' = any (c.codes) and (r.gate_statuses[2] = 'failed' or c.g1)
      or not c.g3 and 'G3' = any (c.codes) and (r.gate_statuses[3] = 'failed' or c.g1 and c.g2)
      or not c.g4 and 'G4' = any (c.codes) and (r.gate_statuses[4] in ('failed', 'in_progress')
        or c.g1 and c.g2 and c.g3 and (r.cleared_for >= r.environment_target or r.excepted)
        or r.status <> 'draft' and exists (select from ops.deployments d where d.release_id = r.release_id))
      as at_gates
    offset 0
  ) as s
  cross join lateral (
    select
      s.may_be_stopped and r.status <> 'draft' and exists (
        select from ops.approvals d
        where d.release_id = r.release_id and d.decision <> 'approved'
          and (b.person is null or d.approver_id = b.person)) as objected,
      c.manages and r.initiating_actor is distinct from b.person and r.release_id = any (v_dismissible) as dismissible,
      r.environment_target = 'production' and r.status <> 'promoted'
      and (c.runs and r.status <> 'draft' and r.cleared_for <> 'production'
        and (c.unknown or r.gate_statuses[4] <> 'failed') and exists (
          select from ops.deployments d
          where d.release_id = r.release_id and d.environment = 'staging' and d.g4_status = 'failed')
        or r.asks_beyond and (c.unknown or c.g1 and c.g2 and c.g3) and (c.runs or exists (
          select from ops.releases o
          where o.project = r.project and o.source_ref = r.source_ref and (o.stopped or o.contested)
            and o.release_id <> r.release_id))) as beside
    offset 0
  ) as w
  where (b.projects is null or r.project = any (b.projects))
    and (c.unknown or s.at_gates or w.objected or w.dismissible or w.beside)
  order by n.place limit most;
end
$$;
comment on function ops_private.releases_with_work(ops_private.inbox_scope, uuid[], integer) is
  'Those of some releases, in their order, of which something may wait for the person, by what is stored. It may name too many. gates: as they are stored.';
revoke execute on function ops_private.releases_with_work(ops_private.inbox_scope, uuid[], integer) from public;

create function ops_private.newest_with_work(
  b ops_private.inbox_scope, out asked ops_private.inbox_release[], out not_looked_at timestamptz
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_at_once integer;
  v_among uuid[];
begin
  asked := '{}';
  -- Mostly few are enough.
  foreach v_at_once in array '{150,150,200,250,250}'::integer[] loop
    v_among := ops_private.newest_open(v_among[cardinality(v_among)], v_at_once);
    asked := asked || array(
      select w from ops_private.releases_with_work(b, v_among, 51 - cardinality(asked)) as w);
    exit when cardinality(asked) = 51 or cardinality(v_among) < v_at_once;
  end loop;
  if cardinality(asked) < 51 and cardinality(v_among) = v_at_once then
    not_looked_at := (
      select r.created_at from unnest(ops_private.newest_open(v_among[v_at_once], 1)) as n (release_id)
      join ops.releases r on r.release_id = n.release_id);
  end if;
end
$$;
comment on function ops_private.newest_with_work(ops_private.inbox_scope) is
  'Of the newest 1,000 open releases of any project the first 51 of which something may wait for the person. No more are read than that takes. not_looked_at: when the newest of the others was opened, if there are fewer.';
revoke execute on function ops_private.newest_with_work(ops_private.inbox_scope) from public;

create function ops_private.newest_with_work_of_each(
  b ops_private.inbox_scope, out asked ops_private.inbox_release[], out not_looked_at timestamptz
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_each constant integer := greatest(50, 1000 / greatest(cardinality(b.projects), 1));
  v_most integer;
  v_among uuid[];
  v_seen integer := 0;
begin
  asked := '{}';
  -- Of one project the newest come first in any case, and are mostly enough.
  foreach v_most in array case when cardinality(b.projects) = 1 then array[150, 400, v_each] else array[v_each] end loop
    select o.newest, o.beyond into v_among, not_looked_at from ops_private.newest_of_each(b, v_most) as o;
    asked := asked || array(
      select w from ops_private.releases_with_work(b, v_among[v_seen + 1 :], 51 - cardinality(asked)) as w);
    v_seen := cardinality(v_among);
    exit when cardinality(asked) = 51 or not_looked_at is null;
  end loop;
end
$$;
comment on function ops_private.newest_with_work_of_each(ops_private.inbox_scope) is
  'Of the newest open releases of each of the person''s projects the first 51 of which something may wait for the person. not_looked_at: when the newest of those was opened that were not looked at.';
revoke execute on function ops_private.newest_with_work_of_each(ops_private.inbox_scope) from public;
