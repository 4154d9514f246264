-- The deployment that G4 judges, and the finding on its health.

create function ops_private.deployments_at(release_id uuid, as_of timestamptz)
returns table (deployment_id uuid, environment ops.ops_environment, deployed_at timestamptz, place bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp rows 3
as $$
begin
  return query
  select
    n.deployment_id, n.environment, n.deployed_at,
    row_number() over (partition by n.environment order by n.deployed_at desc, n.deployment_ref desc)
  from (
    select d.deployment_id, d.environment, d.deployment_ref,
      -- A deployment has no report yet while other rows of the same insert are judged.
      coalesce((array_agg(r.deployed_at order by r.observed_at, r.deployed_at))[1], d.deployed_at) as deployed_at
    from ops.deployments d
    left join ops.deployment_reports r
      on r.release_id = d.release_id and r.deployment_id = d.deployment_id and r.deployed_at is not null
    where d.release_id = deployments_at.release_id and d.rollback_of is null
      and coalesce(r.created_at, d.created_at) <= deployments_at.as_of
    group by d.deployment_id
  ) as n;
end
$$;
comment on function ops_private.deployments_at(uuid, timestamptz) is
  'The deployments of a release as known at a moment, without rollbacks. deployed_at is that of the report that was observed first. place 1 is the newest in its environment by (deployed_at, deployment_ref).';
revoke execute on function ops_private.deployments_at(uuid, timestamptz) from public;

create function ops_private.judged_deployment(release_id uuid, as_of timestamptz) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select d.deployment_id from ops_private.deployments_at(judged_deployment.release_id, judged_deployment.as_of) as d
    order by d.environment desc, d.place limit 1
  );
end
$$;
comment on function ops_private.judged_deployment(uuid, timestamptz) is
  'The deployment that G4 judges: the newest one in the furthest environment that the release has reached by a moment. Null when there is none.';
revoke execute on function ops_private.judged_deployment(uuid, timestamptz) from public;

create function ops_private.deployment_health(release_id uuid, deployment_id uuid, as_of timestamptz)
returns ops.ops_health
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_failed boolean;
  v_passed boolean;
begin
  -- A deployment that failed stays failed after it was rolled back.
  select r.status = 'failed' into v_failed
  from ops.deployment_reports r
  where r.release_id = deployment_health.release_id and r.deployment_id = deployment_health.deployment_id
    and r.status in ('succeeded', 'failed') and r.created_at <= deployment_health.as_of
  order by r.observed_at desc, r.status desc limit 1;
  if v_failed is null and not exists (
    select from ops.deployment_reports r
    where r.release_id = deployment_health.release_id and r.deployment_id = deployment_health.deployment_id
  ) then
    -- Its first report is written after the insert that records it (ops_private.tg_report_first).
    v_failed := (
      select d.status = 'failed' from ops.deployments d where d.deployment_id = deployment_health.deployment_id);
  end if;
  if v_failed then
    return 'failed';
  end if;
  select bool_or(c.status = 'fail'), bool_and(c.status = 'pass') filter (where c.trusted) into v_failed, v_passed
  from ops.release_gates g
  cross join lateral ops_private.latest_checks(g.release_id, g.gate_id, deployment_health.as_of) as c
  where g.release_id = deployment_health.release_id and g.gate_code = 'G4'
    and c.deployment_id = deployment_health.deployment_id;
  return case when v_failed then 'failed' when v_passed then 'passed' else 'pending' end;
end
$$;
comment on function ops_private.deployment_health(uuid, uuid, timestamptz) is
  'Health of one deployment as known at a moment. failed: its newest report of success or failure says failed, or one of its latest checks failed. passed: it has trusted checks, and the latest of each name passed. Otherwise pending.';
revoke execute on function ops_private.deployment_health(uuid, uuid, timestamptz) from public;

create function ops_private.standing_health(release_id uuid, environment ops.ops_environment, as_of timestamptz)
returns ops.ops_health
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_deployment_id uuid;
  v_health ops.ops_health;
  v_standing ops.ops_health;
begin
  for v_deployment_id in
    select d.deployment_id
    from ops_private.deployments_at(standing_health.release_id, standing_health.as_of) as d
    where d.environment = standing_health.environment
    order by d.place
  loop
    v_health := ops_private.deployment_health(standing_health.release_id, v_deployment_id, standing_health.as_of);
    if v_standing is null then
      v_standing := v_health;
    elsif v_health = 'failed' then
      v_standing := v_health; -- all newer deployments are pending, so this failure still counts
    end if;
    exit when v_health <> 'pending';
  end loop;
  return v_standing;
end
$$;
comment on function ops_private.standing_health(uuid, ops.ops_environment, timestamptz) is
  'Health of the newest deployment in an environment, whatever its status. While that one is pending, an earlier failure counts. Null without a deployment.';
revoke execute on function ops_private.standing_health(uuid, ops.ops_environment, timestamptz) from public;

create function ops_private.find_deployment_health(
  release_id uuid, deployment_id uuid, as_of timestamptz, in_full boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_environment ops.ops_environment;
  v_health ops.ops_health;
begin
  select d.environment into v_environment from ops.deployments d
  where d.deployment_id = find_deployment_health.deployment_id;
  if v_environment is not null then
    v_health := ops_private.standing_health(
      find_deployment_health.release_id, v_environment, find_deployment_health.as_of);
  end if;
  f.state := case v_health when 'passed' then 'satisfied' when 'failed' then 'failed' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := 'the newest deployment is healthy';
  f.detail := case
    when v_environment is null then 'no deployment was reported yet'
    when v_health = 'pending' then format('health in %s is not confirmed', v_environment)
    else format('health in %s is %s', v_environment, v_health)
  end;
  f.who := ops_private.gate_owner('G4');
  f.remedy := case when v_health = 'failed' then 'repair or roll back, deploy again, and report a passing health check'
    when v_environment is null then 'deploy the release'
    else 'report a passing health check for each check name' end;
  return f;
end
$$;
comment on function ops_private.find_deployment_health(uuid, uuid, timestamptz, boolean) is
  'Finding on a requirement `deployment_health`: the newest deployment to the furthest environment reached must be healthy. deployment_id names that deployment.';
revoke execute on function ops_private.find_deployment_health(uuid, uuid, timestamptz, boolean) from public;
