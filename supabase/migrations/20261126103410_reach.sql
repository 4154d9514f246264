-- Whose work a caller asks for: all roles that the person holds, in whatever role they act. ops.inbox and
-- ops.my_releases begin here.

create type ops_private.reach as (
  role text,
  project text
);
comment on type ops_private.reach is
  'A role that the person holds, and where: project is null for every project.';

create function ops_private.my_reach() returns setof ops_private.reach
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
  where lower(s.recorded_as collate "C") = lower(ops_private.current_actor() collate "C") and s.kind = 'person';
end
$$;
comment on function ops_private.my_reach() is
  'All active memberships of the person who calls, whatever role they act in. service_role and the owner, who are no persons, reach every role in every project. The only place that asks this for ops.inbox and ops.my_releases.';
revoke execute on function ops_private.my_reach() from public;

create function ops_private.asking_person() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return case when not ops_private.acts_for_all() then ops_private.current_person() end;
end
$$;
comment on function ops_private.asking_person() is
  'By which name records know the person who calls. Null for service_role and the owner: what keeps one person from a decision does not keep them from seeing that it waits.';
revoke execute on function ops_private.asking_person() from public;

create function ops_private.projects_in(reach ops_private.reach[]) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select case when not coalesce(bool_or(m.project is null), false)
      then coalesce(array_agg(distinct m.project), '{}') end
    from unnest(reach) as m
  );
end
$$;
comment on function ops_private.projects_in(ops_private.reach[]) is
  'The projects in which a person holds any role. Null for every project.';
revoke execute on function ops_private.projects_in(ops_private.reach[]) from public;

create function ops_private.projects_as(role text, reach ops_private.reach[]) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return ops_private.projects_in(array(select m from unnest(reach) as m where m.role = projects_as.role));
end
$$;
comment on function ops_private.projects_as(text, ops_private.reach[]) is
  'The projects in which a person holds a role. Null for every project.';
revoke execute on function ops_private.projects_as(text, ops_private.reach[]) from public;

create function ops_private.roles_in(reach ops_private.reach[], project text) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select distinct m.role from unnest(reach) as m
    where coalesce(m.project, roles_in.project) = roles_in.project order by m.role);
end
$$;
comment on function ops_private.roles_in(ops_private.reach[], text) is
  'The roles that a person holds in a project, those for every project included.';
revoke execute on function ops_private.roles_in(ops_private.reach[], text) from public;

create function ops_private.must_be_judged(release ops.releases, now timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (release.lapses_at <= must_be_judged.now) is true or release.excepted and exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and ops_private.authorises(x, must_be_judged.now)
  );
end
$$;
comment on function ops_private.must_be_judged(ops.releases, timestamptz) is
  'Whether an exception of a release has an effect at the present moment, or an approval or artifact lapsed. If not, the stored verdicts without exceptions are the answer, however long ago they were stored.';
revoke execute on function ops_private.must_be_judged(ops.releases, timestamptz) from public;

create function ops_private.turned_at(release ops.releases) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select b.moment from (
      select t.moment, t.exception_id from ops_private.turning_points as t
      where t.release_id = release.release_id and t.moment <= ops_private.wall_clock()
        and (release.lapses_at is not null or not t.lapses)
      order by t.moment desc offset 0
    ) as b
    left join ops.exceptions x on x.exception_id = b.exception_id
    where b.exception_id is null or (ops_private.exception_approvals(x, 'infinity')).approved
    order by b.moment desc limit 1
  );
end
$$;
comment on function ops_private.turned_at(ops.releases) is
  'When something about a release last began or ended with time alone: an exception that enough people approve, or an approval or artifact that lapsed.';
revoke execute on function ops_private.turned_at(ops.releases) from public;

create function ops_private.gates_at_present(release ops.releases, stored ops.release_gates[])
returns ops.release_gates[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz;
  v_verdicts ops_private.gate_verdict[];
  v_gates ops.release_gates[] := '{}'::ops.release_gates[];
  g ops.release_gates;
  v_turned timestamptz;
begin
  if (release.judged_until <= ops_private.wall_clock()) is not true then
    return stored;
  end if;
  v_now := ops_private.present(release);
  if ops_private.must_be_judged(release, v_now) then
    v_verdicts := (ops_private.judge(release, 'G1', v_now)).verdicts;
  end if;
  for v_place in 1 .. cardinality(stored) loop
    g := stored[v_place];
    if v_verdicts is not null then
      g := (v_verdicts[v_place]).gate;
    else
      g.status := g.status_without_exception;
      g.first_missing := g.first_missing_without_exception;
      g.exception_id := null;
    end if;
    if g.status <> (stored[v_place]).status then
      -- No fact changed the verdict: something began or ended with time. So that is since when it holds.
      v_turned := coalesce(v_turned, ops_private.turned_at(release));
      g.entered_at := v_turned;
      g.resolved_at := case when g.status in ('passed', 'failed', 'bypassed') then v_turned end;
      g.resolved_by := null;
    end if;
    v_gates := v_gates || g;
  end loop;
  return v_gates;
end
$$;
comment on function ops_private.gates_at_present(ops.releases, ops.release_gates[]) is
  'The four gates of a release as they are now, G1 first: as stored, unless something began or ended with time since; then with the moment at which that happened as entered_at. They are judged again only while an exception has an effect, or after something lapsed. As the gate summary view, for those who may not read gates. stored: the four gates as they are stored, G1 first.';
revoke execute on function ops_private.gates_at_present(ops.releases, ops.release_gates[]) from public;

create function ops_private.stored_gates(release_id uuid) returns ops.release_gates[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select g from ops.release_gates g where g.release_id = stored_gates.release_id order by g.gate_code);
end
$$;
comment on function ops_private.stored_gates(uuid) is 'The four gates of a release as they are stored, G1 first.';
revoke execute on function ops_private.stored_gates(uuid) from public;
