-- One page of releases: which rows, and what is said of each.

create function ops_private.newest_releases(
  wanted ops_private.wanted_releases, person text, waiting uuid[], before_at timestamptz, before_id uuid, most integer
) returns setof ops.releases
-- A plan for these values: a plan for any values would read and sort all releases.
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan
as $$
declare
  v_newest uuid[];
begin
  if wanted.projects is null or cardinality(wanted.projects) > 4 then
    -- Whoever sees many projects sees many of the newest releases.
    v_newest := array(
      select n.release_id from (
        select r.* from ops.releases r
        where r.created_at <= before_at and (r.created_at, r.release_id) < (before_at, before_id)
        order by r.created_at desc, r.release_id desc
        limit case when wanted.projects is not null then 1000 end
      ) as n
      where (wanted.projects is null or n.project = any (wanted.projects))
        and (wanted.statuses is null
          or case when n.closed_at is null then n.status = any (wanted.statuses) else wanted.closed end)
        and (wanted.environment is null or n.environment_target = wanted.environment)
        and (wanted.mine is not true or person in (n.initiating_actor, n.created_by))
        and (wanted.text is null or position(wanted.text in lower(n.release_name)) > 0)
        and (waiting is null or n.release_id = any (waiting))
      order by n.created_at desc, n.release_id desc limit most);
  end if;
  if wanted.projects is not null and (cardinality(v_newest) = most) is not true then
    -- Each project is read newest first by its own index, and no further than one page.
    v_newest := array(
      select n.release_id from unnest(wanted.projects) as p (project)
      cross join lateral (
        select r.created_at, r.release_id from ops.releases r
        where r.project = p.project
          and r.created_at <= before_at and (r.created_at, r.release_id) < (before_at, before_id)
          and (wanted.statuses is null
            or case when r.closed_at is null then r.status = any (wanted.statuses) else wanted.closed end)
          and (wanted.environment is null or r.environment_target = wanted.environment)
          and (wanted.mine is not true or person in (r.initiating_actor, r.created_by))
          and (wanted.text is null or position(wanted.text in lower(r.release_name)) > 0)
          and (waiting is null or r.release_id = any (waiting))
        order by r.created_at desc, r.release_id desc limit most
      ) as n
      order by n.created_at desc, n.release_id desc limit most);
  end if;
  return query
  select r.* from ops.releases r where r.release_id = any (v_newest)
  order by r.created_at desc, r.release_id desc;
end
$$;
comment on function ops_private.newest_releases(
  ops_private.wanted_releases, text, uuid[], timestamptz, uuid, integer
) is
  'The newest releases that are wanted, opened before a moment; of the same moment those with a smaller id. person: whose releases are theirs. waiting: of these ids alone; null for all. A member of some projects reads each by its index; one condition with `in` or `exists` instead reads 20 to 120 times as long.';
revoke execute on function ops_private.newest_releases(
  ops_private.wanted_releases, text, uuid[], timestamptz, uuid, integer
) from public;

create function ops_private.all_cleared(gates ops.release_gates[], before ops.ops_gate_code) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  g ops.release_gates;
begin
  foreach g in array gates loop
    if g.gate_code < all_cleared.before and g.status not in ('passed', 'bypassed') then
      return false;
    end if;
  end loop;
  return true;
end
$$;
comment on function ops_private.all_cleared(ops.release_gates[], ops.ops_gate_code) is
  'Whether all gates of a release before one are cleared.';
revoke execute on function ops_private.all_cleared(ops.release_gates[], ops.ops_gate_code) from public;

create function ops_private.waits_since(gates ops.release_gates[], gate_code ops.ops_gate_code) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  g ops.release_gates;
  v_earlier timestamptz;
begin
  foreach g in array gates loop
    exit when g.gate_code = waits_since.gate_code;
    v_earlier := greatest(v_earlier, g.resolved_at);
  end loop;
  return case
    when g.status = 'failed' then g.resolved_at
    when g.gate_code = 'G4' and g.entered_at is not null then g.entered_at
    else coalesce(v_earlier, g.created_at)
  end;
end
$$;
comment on function ops_private.waits_since(ops.release_gates[], ops.ops_gate_code) is
  'Since when a gate that is not passed waits: since it failed; G4 since it has facts of the newest deployment; otherwise since the gates before it got their verdict.';
revoke execute on function ops_private.waits_since(ops.release_gates[], ops.ops_gate_code) from public;

create function ops_private.may_go(
  release ops.releases, gates ops.release_gates[], now timestamptz, out to_staging boolean, out to_production boolean
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_finding ops.gate_finding;
begin
  to_staging := release.closed_at is null and ops_private.all_cleared(gates, 'G3');
  to_production := to_staging and ops_private.all_cleared(gates, 'G4');
  if not to_staging then
    return;
  end if;
  for v_finding in
    select (o.finding).* from ops_private.obstacles_beside_gates(release, 'production', may_go.now) as o
    where o.exception_id is null
  loop
    to_production := false;
    -- What keeps it out at no gate keeps it out of staging too: as ops_private.first_blockers.
    to_staging := to_staging and (v_finding.gate_code = any (ops_private.gates_before('staging'))) is false;
  end loop;
end
$$;
comment on function ops_private.may_go(ops.releases, ops.release_gates[], timestamptz) is
  'Whether a release is eligible for staging and for production now, as ops_private.is_eligible_at, by its gates as they are now.';
revoke execute on function ops_private.may_go(ops.releases, ops.release_gates[], timestamptz) from public;

create function ops_private.as_my_releases(releases ops.releases[]) returns setof ops.my_release
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select
    r.release_id, r.project, r.release_name::text, r.environment_target, r.source_ref::text, r.initiating_actor,
    r.status, r.created_at, r.closed_at, r.close_reason, t.told, e.to_staging, e.to_production,
    case when k.beside then b.gate_code when r.closed_at is null then (t.first).gate_code end,
    case when k.beside then b.what when r.closed_at is null then (t.first).first_missing end,
    case when not k.beside and r.closed_at is null and (t.first).gate_code is not null
      then ops_private.waits_since(p.gates, (t.first).gate_code) end
  from unnest(releases) as r
  cross join lateral (select ops_private.present(r) as now offset 0) as n
  cross join lateral (
    select (r.judged_until <= n.now) is true as outdated, array(
      select g from ops.release_gates g where g.release_id = r.release_id order by g.gate_code) as gates
    offset 0
  ) as s
  cross join lateral (
    select case when s.outdated then ops_private.gates_at_present(r, s.gates) else s.gates end as gates offset 0
  ) as p
  cross join lateral (
    select
      jsonb_agg(jsonb_build_object('gate_code', g.gate_code, 'status', g.status,
        'since', coalesce(g.resolved_at, g.entered_at, g.created_at)) order by g.gate_code) as told,
      (array_agg(g order by g.gate_code) filter (where g.status not in ('passed', 'bypassed')))[1] as first
    from unnest(p.gates) as g
  ) as t
  cross join lateral (
    select s.outdated or r.excepted or r.asks_beyond or r.closed_at is not null as anew
  ) as q
  cross join lateral (
    select m.to_staging, m.to_production from ops_private.may_go(r, p.gates, n.now) as m where q.anew
    union all
    select r.cleared_for >= 'staging', r.cleared_for >= 'production' where not q.anew
  ) as e
  cross join lateral (
    -- The gates before it are cleared, and still it may not go there: then something beside the gates keeps it out.
    select r.closed_at is null and ((t.first).gate_code < 'G4') is not true and r.status <> 'promoted'
      and not (case r.environment_target
        when 'production' then e.to_production when 'staging' then e.to_staging else true end) as beside
  ) as k
  left join lateral (
    select f.gate_code, format('%s (%s)', f.requirement, f.detail) as what
    from ops_private.blockers_of(r, r.environment_target, n.now) as f where k.beside limit 1
  ) as b on true
  order by r.created_at desc, r.release_id desc;
end
$$;
comment on function ops_private.as_my_releases(ops.releases[]) is
  'What a page says of some releases, the newest first. One is judged again only where time alone changed something.';
revoke execute on function ops_private.as_my_releases(ops.releases[]) from public;

create function ops_private.place_of_cursor(
  before uuid, reach ops_private.reach[], out created_at timestamptz, out release_id uuid
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_projects constant text[] := ops_private.projects_in(reach);
begin
  if before is null then
    place_of_cursor.created_at := 'infinity';
    place_of_cursor.release_id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    return;
  end if;
  select r.created_at, r.release_id into place_of_cursor.created_at, place_of_cursor.release_id
  from ops.releases r
  where r.release_id = before and (v_projects is null or r.project = any (v_projects));
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such release',
      hint = 'give the release_id of the last row of the page before';
  end if;
end
$$;
comment on function ops_private.place_of_cursor(uuid, ops_private.reach[]) is
  'Where the last release of a page stands; the end of time without one. Raises OPS04 when it is not there, and when it is of a project where the person holds no role.';
revoke execute on function ops_private.place_of_cursor(uuid, ops_private.reach[]) from public;

create function ops_private.reach_within(reach ops_private.reach[], projects text[]) returns ops_private.reach[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case when projects is null then reach else array(
    select row(m.role, p)::ops_private.reach from unnest(reach) as m cross join unnest(projects) as p
    where coalesce(m.project, p) = p
  ) end;
end
$$;
comment on function ops_private.reach_within(ops_private.reach[], text[]) is
  'The roles that a person holds in some of their projects; null for all.';
revoke execute on function ops_private.reach_within(ops_private.reach[], text[]) from public;

create function ops.my_releases(filter jsonb default '{}', before uuid default null, "limit" integer default 50)
returns setof ops.my_release
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
-- As for ops.inbox: one plan is as good for every page.
set plan_cache_mode = force_generic_plan
as $$
declare
  v_reach ops_private.reach[];
  v_wanted ops_private.wanted_releases;
  v_waiting uuid[];
begin
  perform ops_private.require_role(
    'service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader');
  -- Clients send "limit" by this name, although it is a reserved word: @plpgsql_check_options: other_warnings = false
  if (my_releases."limit" between 1 and 200) is not true then
    raise exception using errcode = '22023', message = 'a page has 1 to 200 releases',
      hint = 'ask for the next page with before: the release_id of the last row';
  end if;
  v_reach := array(select m from ops_private.my_reach() as m);
  v_wanted := ops_private.read_filter(my_releases.filter, v_reach);
  if v_wanted.waiting then
    v_waiting := array(
      select (i ->> 'release_id')::uuid
      from jsonb_array_elements(ops_private.inbox_of(
        ops_private.asking_person(), ops_private.reach_within(v_reach, v_wanted.projects)) -> 'items') as i);
  end if;
  return query
  select m.* from ops_private.as_my_releases(array(
    select r
    from ops_private.place_of_cursor(my_releases.before, v_reach) as c
    cross join lateral ops_private.newest_releases(
      v_wanted, coalesce(ops_private.asking_person(), ops_private.current_actor()), v_waiting, c.created_at,
      c.release_id, my_releases."limit") as r
  )) as m;
end
$$;
comment on function ops.my_releases(jsonb, uuid, integer) is
  'A page of the releases of the caller''s projects, for all roles that the person holds: newest first, each with its gates, where it may go, and what it waits for. filter: {project, status (one or a list; closed: those that were closed, which no other status names), environment, mine, waiting, text (a part of the name)}, each optional; waiting: those that ops.inbox names. before: release_id of the last row of the page before, so that releases opened meanwhile move nothing. 22023: a filter or a limit that cannot be. OPS04: before is no release of theirs.';
revoke execute on function ops.my_releases(jsonb, uuid, integer) from public;
grant execute on function ops.my_releases(jsonb, uuid, integer) to
service_role, release_manager, qa_tester, sre, developer, audit_reader;
