-- Which deployments count at a moment, and how healthy each target of an environment is.

create type ops_private.deployed as (
  deployment_id uuid,
  environment ops.ops_environment,
  target ops.name,
  deployment_ref ops.name,
  deployed_at timestamptz,
  is_own_commit boolean,
  ended ops.ops_deployment_status,
  undone_at timestamptz,
  place bigint,
  furthest ops.ops_environment,
  is_left_out boolean
);
comment on type ops_private.deployed is
  'A deployment as known at a moment. is_own_commit: its source_ref is that of the release, and it is no rollback that goes back to something: nobody judged that one. ended: succeeded or failed, by its newest report of an end that counts; null without one. A success that was observed after undone_at does not count. undone_at: when it was first observed as rolled_back. place: 1 is the newest in its environment and target. furthest: the furthest environment that its release has reached. is_left_out: it is a rollback that goes back to something and undoes the newest deployment to its target until then.';

create function ops_private.is_end_that_counts(
  status ops.ops_deployment_status, observed_at timestamptz, undone_at timestamptz
) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return status = 'failed' or status = 'succeeded' and (observed_at <= undone_at) is not false;
end
$$;
comment on function ops_private.is_end_that_counts(ops.ops_deployment_status, timestamptz, timestamptz) is
  'Whether a report is of an end of a deployment that counts: failed, or succeeded unless that was observed after the deployment was undone. undone_at: null when it was not.';
revoke execute on function ops_private.is_end_that_counts(
  ops.ops_deployment_status, timestamptz, timestamptz
) from public;

create function ops_private.deployments_at(
  release_id uuid, as_of timestamptz, with_rollbacks boolean default false
) returns setof ops_private.deployed
language plpgsql stable set search_path = pg_catalog, pg_temp rows 3
as $$
begin
  return query
  with known as (
    select
      d.deployment_id, d.environment, d.target, d.deployment_ref, d.rollback_of, d.rollback_known is true as is_rollback,
      d.source_ref = release.source_ref and d.rollback_known is not true as is_own_commit,
      -- A deployment has no report yet while other rows of the same insert are judged.
      coalesce((array_agg(r.deployed_at order by r.observed_at, r.deployed_at)
        filter (where r.deployed_at is not null))[1], d.deployed_at) as deployed_at,
      coalesce((array_agg(r.status order by r.observed_at desc, r.status = 'failed' desc)
        filter (where ops_private.is_end_that_counts(r.status, r.observed_at, r.undone_at)))[1],
        case when count(r.report_id) = 0 and d.status in ('succeeded', 'failed') then d.status end) as ended,
      coalesce(min(r.undone_at),
        case when count(r.report_id) = 0 and d.status = 'rolled_back' then d.status_observed_at end) as undone_at
    from ops.deployments d
    join ops.releases release on release.release_id = d.release_id
    left join (
      select
        x.*, min(x.observed_at) filter (where x.status = 'rolled_back') over (partition by x.deployment_id) as undone_at
      from ops.deployment_reports x
      where x.release_id = deployments_at.release_id and x.created_at <= deployments_at.as_of
    ) as r on r.deployment_id = d.deployment_id
    where d.release_id = deployments_at.release_id and d.created_at <= deployments_at.as_of
      and not (release.dismissed
        and ops_private.is_stalled_aside(d.release_id, d.deployment_id, deployments_at.as_of))
    group by d.deployment_id, release.source_ref
  ), told_apart as (
    select k.*, k.is_rollback and k.rollback_of is not distinct from (
      -- A rollback of an older one would leave the newest looking as if it still ran.
      select o.deployment_id from known as o
      where o.environment = k.environment and o.target = k.target and not o.is_rollback
        and o.deployed_at <= k.deployed_at
      order by o.deployed_at desc, o.deployment_ref desc limit 1
    ) as is_left_out
    from known as k
  )
  select
    n.deployment_id, n.environment, n.target, n.deployment_ref, n.deployed_at, n.is_own_commit, n.ended, n.undone_at,
    row_number() over (partition by n.environment, n.target order by n.deployed_at desc, n.deployment_ref desc),
    max(n.environment) over (), n.is_left_out
  from told_apart as n
  where with_rollbacks or not n.is_left_out;
end
$$;
comment on function ops_private.deployments_at(uuid, timestamptz, boolean) is
  'The deployments of a release as known at a moment, without the stalled ones that are set aside, and without each rollback that goes back to something and undoes the newest deployment to its target until then; another rollback counts as a deployment. deployed_at is that of the report that was observed first. place 1 is the newest in its environment and target by (deployed_at, deployment_ref). with_rollbacks: all rollbacks.';
revoke execute on function ops_private.deployments_at(uuid, timestamptz, boolean) from public;

create function ops_private.undone_at(release_id uuid, deployment_id uuid, as_of timestamptz) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select min(r.observed_at) from ops.deployment_reports r
    where r.release_id = undone_at.release_id and r.deployment_id = undone_at.deployment_id
      and r.status = 'rolled_back' and r.created_at <= undone_at.as_of
  );
end
$$;
comment on function ops_private.undone_at(uuid, uuid, timestamptz) is
  'When a deployment was first observed as rolled_back, as known at a moment. Null when it was not.';
revoke execute on function ops_private.undone_at(uuid, uuid, timestamptz) from public;

create function ops_private.end_of(release_id uuid, deployment_id uuid, as_of timestamptz)
returns ops.deployment_reports
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_undone_at constant timestamptz := ops_private.undone_at(release_id, deployment_id, as_of);
  v_end ops.deployment_reports;
begin
  select r.* into v_end from ops.deployment_reports r
  where r.release_id = end_of.release_id and r.deployment_id = end_of.deployment_id
    and r.created_at <= end_of.as_of
    and ops_private.is_end_that_counts(r.status, r.observed_at, v_undone_at)
  order by r.observed_at desc, r.status = 'failed' desc limit 1;
  return v_end;
end
$$;
comment on function ops_private.end_of(uuid, uuid, timestamptz) is
  'The newest report of an end of a deployment, as known at a moment: succeeded or failed. A success that was observed after the deployment was rolled back does not count.';
revoke execute on function ops_private.end_of(uuid, uuid, timestamptz) from public;

create function ops_private.counted_checks(
  release_id uuid, gate_id uuid, as_of timestamptz, dismissed boolean default null
) returns setof ops_private.latest_check
language plpgsql stable set search_path = pg_catalog, pg_temp rows 4
as $$
declare
  v_undone constant jsonb := (
    select jsonb_object_agg(u.deployment_id, u.undone_at) from (
      select r.deployment_id, min(r.observed_at) as undone_at from ops.deployment_reports r
      where r.release_id = counted_checks.release_id and r.status = 'rolled_back'
        and r.created_at <= counted_checks.as_of
      group by r.deployment_id
    ) as u
  );
begin
  -- Few releases were ever rolled back.
  if v_undone is null then
    return query
    select c.* from ops_private.latest_checks(
      counted_checks.release_id, counted_checks.gate_id, counted_checks.as_of, counted_checks.dismissed) as c;
    return;
  end if;
  return query
  select distinct on (c.deployment_id, c.check_name, c.trusted)
    c.deployment_id, c.check_name, c.trusted, c.status, c.check_id
  from (
    select l.*, 1 as place
    from ops_private.latest_checks(
      counted_checks.release_id, counted_checks.gate_id, counted_checks.as_of, counted_checks.dismissed) as l
    where l.status = 'fail' or (v_undone ? l.deployment_id::text) is not true
    union all
    select l.*, 2
    from ops_private.latest_checks(
      counted_checks.release_id, counted_checks.gate_id, counted_checks.as_of, counted_checks.dismissed,
      v_undone) as l
  ) as c
  order by c.deployment_id, c.check_name, c.trusted, c.status = 'fail' desc, c.place;
end
$$;
comment on function ops_private.counted_checks(uuid, uuid, timestamptz, boolean) is
  'The checks on a gate that verdicts count, at a moment: the latest ones (ops_private.latest_checks). Of a deployment that was rolled back, what is observed later is of another version: it lifts no failure from before, and counts only as a failure. So the latest observation until the rollback counts, and the latest of all if it failed.';
revoke execute on function ops_private.counted_checks(uuid, uuid, timestamptz, boolean) from public;

create function ops_private.health_until_undone(d ops_private.deployed, checks ops_private.latest_check[])
returns ops.ops_health
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_failed boolean;
  v_passed boolean;
begin
  -- A deployment that failed stays failed after it was rolled back.
  if d.ended = 'failed' then
    return 'failed'::ops.ops_health;
  end if;
  select bool_or(c.status = 'fail'), bool_and(c.status = 'pass') filter (where c.trusted) into v_failed, v_passed
  from unnest(checks) as c where c.deployment_id = d.deployment_id;
  return case
    when v_failed then 'failed'::ops.ops_health
    when v_passed and d.ended = 'succeeded' and d.is_own_commit then 'passed'
    else 'pending'
  end;
end
$$;
comment on function ops_private.health_until_undone(ops_private.deployed, ops_private.latest_check[]) is
  'What its end and the checks that count (of G4: ops_private.counted_checks) say of a deployment, as if nobody had rolled it back. failed: its end is failed, or a check failed. passed: it is of the commit of the release, it succeeded, and each trusted check passed. Otherwise pending.';
revoke execute on function ops_private.health_until_undone(
  ops_private.deployed, ops_private.latest_check[]
) from public;

create function ops_private.deployment_health(release_id uuid, deployment_id uuid, as_of timestamptz)
returns ops.ops_health
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  d ops_private.deployed;
  v_left_out boolean;
  v_gate_id uuid;
  v_health ops.ops_health;
begin
  select
    f.deployment_id, case when f.rollback_known then not exists (
      select from ops_private.deployments_at(f.release_id, deployment_health.as_of) as n
      where n.deployment_id = f.deployment_id
    ) end, f.source_ref = release.source_ref and f.rollback_known is not true, g.gate_id,
    (ops_private.end_of(f.release_id, f.deployment_id, deployment_health.as_of)).status,
    ops_private.undone_at(f.release_id, f.deployment_id, deployment_health.as_of)
  into d.deployment_id, v_left_out, d.is_own_commit, v_gate_id, d.ended, d.undone_at
  from ops.deployments f
  join ops.releases release on release.release_id = f.release_id
  join ops.release_gates g on g.release_id = f.release_id and g.gate_code = 'G4'
  where f.release_id = deployment_health.release_id and f.deployment_id = deployment_health.deployment_id;
  v_health := ops_private.health_until_undone(d, array(
    select c from ops_private.counted_checks(release_id, v_gate_id, as_of) as c
    where c.deployment_id = d.deployment_id));
  return case
    when not d.is_own_commit and v_left_out is not true then 'failed'
    when v_health = 'passed' and d.undone_at is not null then 'pending'
    else v_health
  end;
end
$$;
comment on function ops_private.deployment_health(uuid, uuid, timestamptz) is
  'Health of one deployment as known at a moment. failed: it failed, one of the checks that count failed, or it is of another commit than its release, or a rollback, and counts as a deployment. passed: it is of the commit of the release, succeeded, was not rolled back, and the latest trusted check of each name passed. Otherwise pending.';
revoke execute on function ops_private.deployment_health(uuid, uuid, timestamptz) from public;

create type ops_private.deployed_target as (
  environment ops.ops_environment,
  target ops.name,
  deployment_id uuid,
  deployment_ref ops.name,
  health ops.ops_health,
  found text,
  remedy text,
  retired boolean
);
comment on type ops_private.deployed_target is
  'A target of an environment at a moment: the newest deployment of a release there, how healthy the target is, what was found and what to do in words where it is not healthy, and whether the target was taken out (ops.retired_targets).';

create function ops_private.what_is_unhealthy(d ops_private.deployed, own ops.ops_health) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when own = 'failed' then 'health is failed'
    when not d.is_own_commit then 'another commit was deployed, or an older deployment was rolled back'
    when d.undone_at is not null then 'it was rolled back'
    when d.ended is null then 'it was not reported succeeded yet'
    else 'health is not confirmed'
  end;
end
$$;
comment on function ops_private.what_is_unhealthy(ops_private.deployed, ops.ops_health) is
  'Why a deployment is not healthy, in words. own: what its reports and checks say.';
revoke execute on function ops_private.what_is_unhealthy(ops_private.deployed, ops.ops_health) from public;

create function ops_private.what_heals(d ops_private.deployed, own ops.ops_health) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when own = 'failed' or not d.is_own_commit
      then 'repair or roll back, deploy again, and report a passing health check'
    when d.undone_at is not null then 'deploy again, and report a passing health check'
    when d.ended is null then 'report that it succeeded, and a passing health check from monitoring or the pipeline'
    else 'for each check name report a passing health check from monitoring or the pipeline'
  end;
end
$$;
comment on function ops_private.what_heals(ops_private.deployed, ops.ops_health) is
  'What makes a target healthy whose newest deployment is not, in words. own: what its reports and checks say.';
revoke execute on function ops_private.what_heals(ops_private.deployed, ops.ops_health) from public;

create function ops_private.targets_at(
  release ops.releases, environment ops.ops_environment, as_of timestamptz
) returns setof ops_private.deployed_target
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  d ops_private.deployed;
  t ops_private.deployed_target;
  v_gate_id uuid;
  v_checks ops_private.latest_check[];
  v_own ops.ops_health;
  v_settled boolean := true;
begin
  for d in
    select n.* from ops_private.deployments_at(release.release_id, targets_at.as_of) as n
    where n.environment = coalesce(targets_at.environment, n.furthest)
    order by n.target, n.place
  loop
    if v_gate_id is null then
      v_gate_id := (
        select g.gate_id from ops.release_gates g where g.release_id = release.release_id and g.gate_code = 'G4');
      v_checks := array(select c from ops_private.counted_checks(
        release.release_id, v_gate_id, targets_at.as_of, release.dismissed) as c);
    end if;
    if d.place = 1 then
      if t.target is not null then
        return next t;
      end if;
      v_settled := false;
    end if;
    continue when v_settled;
    v_own := ops_private.health_until_undone(d, v_checks);
    if d.place = 1 then
      t := row(d.environment, d.target, d.deployment_id, d.deployment_ref, v_own, null, null, false);
      t.retired := release.retired
        and ops_private.target_retired_at(release, d.environment, d.target, targets_at.as_of) is not null;
      if v_own <> 'passed' or d.undone_at is not null then
        t.health := case when v_own = 'failed' or not d.is_own_commit then 'failed'::ops.ops_health else 'pending' end;
        t.found := format('deployment %s: %s', d.deployment_ref, ops_private.what_is_unhealthy(d, v_own));
        t.remedy := ops_private.what_heals(d, v_own);
      end if;
    elsif v_own = 'failed' then
      -- Nothing that is healthy followed, so this failure still counts.
      t.health := 'failed';
      t.found := format('deployment %s: health is failed, and no newer one is healthy', d.deployment_ref);
    end if;
    -- A pass clears the failures before it, also one that was rolled back. Another commit clears nothing.
    v_settled := v_own <> 'pending' or t.health = 'failed';
  end loop;
  if t.target is not null then
    return next t;
  end if;
end
$$;
comment on function ops_private.targets_at(ops.releases, ops.ops_environment, timestamptz) is
  'The targets of an environment to which a release was deployed, at a moment; without an environment, those of the furthest that it has reached. A target is as healthy as its newest deployment there, whatever its status. While that one is pending, an earlier failure counts. A newest deployment of another commit is failed; older ones are neither failures nor passes for being of another commit.';
revoke execute on function ops_private.targets_at(ops.releases, ops.ops_environment, timestamptz) from public;

create function ops_private.standing_health(release ops.releases, environment ops.ops_environment, as_of timestamptz)
returns ops.ops_health
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select case
      when bool_or(t.health = 'failed' and not t.retired) then 'failed'
      when bool_and(t.health = 'passed') filter (where not t.retired) then 'passed'
      when count(*) > 0 then 'pending'
    end::ops.ops_health
    from ops_private.targets_at(release, standing_health.environment, standing_health.as_of) as t
  );
end
$$;
comment on function ops_private.standing_health(ops.releases, ops.ops_environment, timestamptz) is
  'Health of all targets of an environment at a moment, without those that were taken out: failed when one failed, passed when all passed, otherwise pending; also pending when all were taken out. Null without a deployment.';
revoke execute on function ops_private.standing_health(ops.releases, ops.ops_environment, timestamptz) from public;
