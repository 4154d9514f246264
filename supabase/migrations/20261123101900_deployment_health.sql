-- Which deployment G4 looks at, and whether it is healthy.

create function ops.deployment_health(
  release_id uuid, deployment_id uuid, status ops.ops_deployment_status, as_of timestamptz
) returns ops.ops_health
language plpgsql stable set search_path = ''
as $$
declare
  v_failed boolean;
  v_passed boolean;
begin
  if status = 'failed' then
    return 'failed';
  end if;
  select bool_or(latest.status = 'fail'), bool_and(latest.status = 'pass') filter (where latest.trusted)
  into v_failed, v_passed
  from (
    select distinct on (gc.check_name, gc.trusted) gc.status, gc.trusted
    from ops.gate_checks gc
    where gc.release_id = deployment_health.release_id and gc.deployment_id = deployment_health.deployment_id
      and gc.created_at <= deployment_health.as_of
    order by gc.check_name, gc.trusted, gc.observed_at desc, gc.status
  ) as latest;
  return case when v_failed then 'failed' when v_passed then 'passed' else 'pending' end;
end
$$;
comment on function ops.deployment_health(uuid, uuid, ops.ops_deployment_status, timestamptz) is
  'Health of one deployment as known at a moment: failed when it or any latest check of it failed, passed when there are trusted checks and all latest pass, else pending.';
revoke execute on function ops.deployment_health(uuid, uuid, ops.ops_deployment_status, timestamptz) from public;

create function ops.deployments_at(release_id uuid, as_of timestamptz)
returns table (
  deployment_id uuid, environment ops.ops_environment, deployment_ref text,
  status ops.ops_deployment_status, deployed_at timestamptz
)
language plpgsql stable set search_path = ''
as $$
begin
  return query
  select d.deployment_id, d.environment, d.deployment_ref, s.status, s.deployed_at
  from ops.deployments d
  cross join lateral (
    select ds.status, ds.deployed_at from ops.deployment_states ds
    where ds.release_id = d.release_id and ds.deployment_id = d.deployment_id and ds.created_at <= deployments_at.as_of
    order by ds.state_id desc limit 1
  ) as s
  where d.release_id = deployments_at.release_id and d.rollback_of is null;
end
$$;
comment on function ops.deployments_at(uuid, timestamptz) is
  'The deployments of a release as known at a moment, rollbacks left out.';
revoke execute on function ops.deployments_at(uuid, timestamptz) from public;

create function ops.newest_deployment(
  release_id uuid, environment ops.ops_environment, as_of timestamptz, out deployment_id uuid, out health ops.ops_health
)
language plpgsql stable set search_path = ''
as $$
declare
  v_deployment record;
  v_health ops.ops_health;
begin
  for v_deployment in
    select d.deployment_id as id, d.status from ops.deployments_at(newest_deployment.release_id, newest_deployment.as_of) as d
    where d.environment = newest_deployment.environment
    order by d.deployed_at desc, d.deployment_ref desc
  loop
    v_health := ops.deployment_health(newest_deployment.release_id, v_deployment.id, v_deployment.status, as_of);
    if deployment_id is null then
      deployment_id := v_deployment.id;
      health := v_health;
      exit when v_health <> 'pending';
    elsif v_health <> 'pending' then
      -- While the newest is pending, an earlier failure stands.
      health := case v_health when 'failed' then 'failed' else health end;
      exit;
    end if;
  end loop;
end
$$;
comment on function ops.newest_deployment(uuid, ops.ops_environment, timestamptz) is
  'The newest deployment by (deployed_at, deployment_ref) in an environment, whatever its status, and the health that stands there; nulls when there is none.';
revoke execute on function ops.newest_deployment(uuid, ops.ops_environment, timestamptz) from public;

create function ops.find_deployment_health(c ops.gate_context, inout f ops.gate_finding)
language plpgsql stable set search_path = ''
as $$
declare
  v_environment ops.ops_environment;
  v_health ops.ops_health;
begin
  select d.environment into v_environment from ops.deployments d where d.deployment_id = c.deployment_id;
  v_health := (ops.newest_deployment(c.release_id, v_environment, c.as_of)).health;
  f.requirement := 'the newest deployment is healthy';
  f.state := case v_health when 'passed' then 'satisfied' when 'failed' then 'failed' else 'unsatisfied' end;
  f.detail := case
    when v_environment is null then 'nothing was deployed yet'
    when v_health = 'pending' then format('health in %s is not confirmed', v_environment)
    else format('health in %s: %s', v_environment, v_health)
  end;
  f.who := ops.gate_owner('G4');
  f.remedy := case when v_health = 'failed' then 'repair or roll back, deploy again, and report a passing health check'
    when v_environment is null then 'deploy the release' else 'report a passing health check of every name' end;
end
$$;
comment on function ops.find_deployment_health(ops.gate_context, ops.gate_finding) is
  'Requirement `deployment_health`: the newest deployment to the furthest environment reached is healthy.';
revoke execute on function ops.find_deployment_health(ops.gate_context, ops.gate_finding) from public;
