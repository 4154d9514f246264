-- What is asked of production beside the gates: that nobody objects to the same commit elsewhere, and what policy adds.
-- The answer depends on other releases, or only policy asks, so it is never part of a stored verdict.

create function ops_private.not_followed(release ops.releases, as_of timestamptz) returns uuid[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate_id constant uuid := (
    select g.gate_id from ops.release_gates g where g.release_id = release.release_id and g.gate_code = 'G4');
  v_checks constant ops_private.latest_check[] := array(
    select c from ops_private.counted_checks(release.release_id, v_gate_id, not_followed.as_of, release.dismissed) as c);
begin
  return array(
    select f.deployment_id from (
      select
        n.deployment_id, n.environment, n.target,
        bool_or(ops_private.health_until_undone(n, v_checks) = 'passed') over (
          partition by n.environment, n.target order by n.place rows between unbounded preceding and 1 preceding
        ) as followed
      from ops_private.deployments_at(release.release_id, not_followed.as_of) as n
    ) as f
    where f.followed is not true and not (release.retired and ops_private.target_retired_at(
      release, f.environment, f.target, not_followed.as_of) is not null)
  );
end
$$;
comment on function ops_private.not_followed(ops.releases, timestamptz) is
  'The deployments of a release whose failed checks stand at a moment: no newer deployment to their target passed, and the target was not taken out.';
revoke execute on function ops_private.not_followed(ops.releases, timestamptz) from public;

create function ops_private.standing_stops(release ops.releases, as_of timestamptz)
returns table (what text, elsewhere boolean, who text)
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  v_not_followed uuid[] := '{}'::uuid[];
begin
  return query
  select
    format('%s by %s', case d.decision when 'rejected' then 'rejected' else 'changes requested' end, d.approver_id),
    d.decision = 'rejected', d.persona_role::text
  from (
    select g.gate_id from ops.release_gates g where g.release_id = release.release_id
    union all
    select null
  ) as s
  cross join lateral ops_private.standing_decisions(release.release_id, s.gate_id, standing_stops.as_of) as d
  where d.decision <> 'approved';
  if exists (
    select from ops.gate_checks gc
    where gc.release_id = release.release_id and gc.deployment_id is not null and gc.status = 'fail'
  ) then
    v_not_followed := ops_private.not_followed(release, standing_stops.as_of);
  end if;
  return query
  select format('check %s failed', c.check_name), c.trusted, ops_private.gate_owner(g.gate_code)
  from ops.release_gates g
  cross join lateral ops_private.counted_checks(g.release_id, g.gate_id, standing_stops.as_of) as c
  where g.release_id = release.release_id and c.status = 'fail'
    and (c.deployment_id is null or c.deployment_id = any (v_not_followed));
  if release.contested then
    return query
    select
      format('a refused report says %s', (c.report).status), true,
      (ops_private.find_contested(c, standing_stops.as_of)).who
    from ops_private.standing_contested(release.release_id, standing_stops.as_of) as c;
  end if;
end
$$;
comment on function ops_private.standing_stops(ops.releases, timestamptz) is
  'What stops a release at a moment, in words: objections to its gates and to it as a whole, failed checks, and contested reports. elsewhere: it also counts for other releases of the same commit: a rejection, a failed check from a machine, or a contested report. who: the role that can end it. A failed check of a deployment stands until a newer deployment to its target passes, or the target is taken out.';
revoke execute on function ops_private.standing_stops(ops.releases, timestamptz) from public;

create function ops_private.stop_elsewhere(
  release ops.releases, as_of timestamptz, out what text, out closed boolean, out who text
)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_other ops.releases;
  v_seen integer := 0;
begin
  for v_other in
    select o.* from ops.releases o
    where o.project = release.project and o.source_ref = release.source_ref and (o.stopped or o.contested)
      and o.release_id <> release.release_id and o.created_at <= as_of
    order by o.created_at desc limit 101
  loop
    v_seen := v_seen + 1;
    -- Whoever has so many of them does not release commits. The limit bounds the time, and closes.
    if v_seen > 100 then
      what := 'more than 100 releases of it were stopped';
    else
      select s.what, s.who into what, who from ops_private.standing_stops(v_other, stop_elsewhere.as_of) as s
      where s.elsewhere order by s.what limit 1;
    end if;
    exit when what is not null;
  end loop;
  if what is not null then
    what := format('release %s: %s', v_other.release_name, what);
    closed := (v_other.closed_at <= stop_elsewhere.as_of) is true;
  end if;
end
$$;
comment on function ops_private.stop_elsewhere(ops.releases, timestamptz) is
  'What stops another release of the same project and source_ref at a moment, in words: of the newest of them. Null when nothing does. who: the role that can end it there. closed: that release was closed by then. Looks at the newest 100 that were ever stopped; more than that count as a stop.';
revoke execute on function ops_private.stop_elsewhere(ops.releases, timestamptz) from public;

create function ops_private.find_elsewhere(release ops.releases, as_of timestamptz) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_closed boolean;
begin
  select s.what, s.closed, s.who into f.detail, v_closed, f.who from ops_private.stop_elsewhere(release, as_of) as s;
  if f.detail is null then
    return null;
  end if;
  f.kind := 'objected_elsewhere';
  f.state := 'failed';
  f.requirement := 'no other release of the same source_ref is stopped';
  f.remedy := case when v_closed
    then 'release another commit, or open a gate_bypass that names G3: the other release is closed, and takes no approval and no build that passes'
    else 'resolve what stopped the other release, and record that there; or release another commit' end;
  -- What stopped a closed release stands for good, and nobody ends more than 100 stops.
  if v_closed or f.who is null then
    f.who := ops_private.gate_owner('G3');
  end if;
  return f;
end
$$;
comment on function ops_private.find_elsewhere(ops.releases, timestamptz) is
  'Finding objected_elsewhere: another release of the project with the same source_ref is rejected, has a failed check from a machine, or has a contested report. Null when none is.';
revoke execute on function ops_private.find_elsewhere(ops.releases, timestamptz) from public;

create function ops_private.find_environment_healthy(release ops.releases, as_of timestamptz) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
begin
  -- The same question as on G4, about staging.
  f := ops_private.find_deployment_health(
    array(select t from ops_private.targets_at(release, 'staging', find_environment_healthy.as_of) as t), false);
  if f.state is null then
    return null;
  end if;
  f.kind := 'environment_healthy';
  f.requirement := 'staging is deployed and healthy';
  f.remedy := 'deploy the release to staging, and report passing health checks';
  return f;
end
$$;
comment on function ops_private.find_environment_healthy(ops.releases, timestamptz) is
  'Finding environment_healthy: the release is not deployed to staging, or is not healthy on each target there. Null when it is.';
revoke execute on function ops_private.find_environment_healthy(ops.releases, timestamptz) from public;

create function ops_private.find_production_policy(
  release ops.releases, enforcement ops.ops_enforcement, as_of timestamptz,
  policy ops_private.requirements_in_force[] default null
) returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  v_asked ops.ops_requirement_kind[] := '{}'::ops.ops_requirement_kind[];
  -- Another policy may ask what the release's own does not.
  v_asks constant boolean := release.asks_beyond or policy is not null;
  v_kind ops.ops_requirement_kind;
  v_finding ops.gate_finding;
begin
  if v_asks then
    v_asked := array(
      select n.kind from ops_private.requirements_of(release.release_id, policy) as n
      where n.kind in ('environment_healthy', 'objected_elsewhere')
        and n.enforcement = find_production_policy.enforcement
      order by n.kind
    );
  end if;
  if find_production_policy.enforcement = 'advisory' and (not v_asks or not exists (
    select from ops_private.requirements_of(release.release_id, policy) as n where n.kind = 'objected_elsewhere'
  )) then
    v_asked := v_asked || 'objected_elsewhere'::ops.ops_requirement_kind;
  end if;
  foreach v_kind in array v_asked loop
    v_finding := case v_kind when 'environment_healthy' then ops_private.find_environment_healthy(release, as_of)
      else ops_private.find_elsewhere(release, as_of) end;
    continue when v_finding.kind is null;
    select g.gate_id, g.gate_code into v_finding.gate_id, v_finding.gate_code
    from ops.release_gates g where g.release_id = release.release_id and g.gate_code = 'G3';
    v_finding.enforcement := find_production_policy.enforcement;
    return next v_finding;
  end loop;
end
$$;
comment on function ops_private.find_production_policy(
  ops.releases, ops.ops_enforcement, timestamptz, ops_private.requirements_in_force[]
) is
  'The findings on what is asked of production beside the gates, at a moment: blocking ones if policy says so, advisory ones otherwise. objected_elsewhere is always asked, environment_healthy only by policy. They are shown with G3, and no verdict on G3 depends on them.';
revoke execute on function ops_private.find_production_policy(
  ops.releases, ops.ops_enforcement, timestamptz, ops_private.requirements_in_force[]
) from public;
