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
  where lower(s.subject) = lower(ops_private.current_actor()) and s.kind = 'person';
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
  'The subject of the person who calls, as their membership spells it. Null for service_role and the owner: what keeps one person from a decision does not keep them from seeing that it waits.';
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

create function ops_private.gates_at_present(release ops.releases) returns setof ops.release_gates
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_verdict ops_private.gate_verdict;
  v_turned timestamptz;
begin
  if (release.judged_until <= ops_private.wall_clock()) is not true then
    return query select g.* from ops.release_gates g where g.release_id = release.release_id order by g.gate_code;
    return;
  end if;
  -- No fact changed the verdict: something began or ended with time. So that is since when it holds.
  v_turned := (
    select max(b.moment) from ops_private.turning_points as b
    left join ops.exceptions x on x.exception_id = b.exception_id
    where b.release_id = release.release_id and b.moment <= ops_private.wall_clock()
      and (b.exception_id is null or (ops_private.exception_approvals(x, 'infinity')).approved)
  );
  foreach v_verdict in array (ops_private.judge(release, 'G1', ops_private.present(release))).verdicts loop
    if (v_verdict.gate).status <> (v_verdict.stored).status then
      v_verdict.gate.entered_at := v_turned;
      v_verdict.gate.resolved_at := case when (v_verdict.gate).resolved_at is not null then v_turned end;
      v_verdict.gate.resolved_by := null;
    end if;
    return next v_verdict.gate;
  end loop;
end
$$;
comment on function ops_private.gates_at_present(ops.releases) is
  'The four gates of a release as they are now, G1 first: as stored, unless something began or ended with time since; then judged again, with the moment at which that happened as entered_at. As the gate summary view, for those who may not read gates.';
revoke execute on function ops_private.gates_at_present(ops.releases) from public;
