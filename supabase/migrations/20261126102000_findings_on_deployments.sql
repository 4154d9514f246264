-- The findings on deployments: on the health of targets, on their checks, and on rollbacks.

create function ops_private.place_of(environment ops.ops_environment, target text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case when target = 'default' then environment::text else format('%s, target %s', environment, target) end;
end
$$;
comment on function ops_private.place_of(ops.ops_environment, text) is 'An environment and a target in words.';
revoke execute on function ops_private.place_of(ops.ops_environment, text) from public;

create function ops_private.find_deployment_health(targets ops_private.deployed_target[], in_full boolean)
returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_looked_at integer;
  v_failed boolean;
  v_unhealthy text;
  v_remedy text;
begin
  select
    count(*) filter (where not t.retired), coalesce(bool_or(t.health = 'failed' and not t.retired), false),
    string_agg(format('%s: %s', ops_private.place_of(t.environment, t.target), t.found), '; ' order by t.health desc)
      filter (where t.health <> 'passed' and not t.retired),
    string_agg(distinct t.remedy, '; ') filter (where t.health <> 'passed' and not t.retired)
  into v_looked_at, v_failed, v_unhealthy, v_remedy
  from unnest(targets) as t;
  f.state := case
    when v_failed then 'failed'::ops.ops_finding_state
    when v_looked_at > 0 and v_unhealthy is null then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := 'the newest deployment to each target is healthy';
  f.detail := case
    when cardinality(targets) = 0 then 'no deployment was reported yet'
    when v_looked_at = 0 then format('every target in %s was taken out', targets[1].environment)
    else coalesce(v_unhealthy, format('health in %s is passed', targets[1].environment))
  end;
  f.who := ops_private.gate_owner('G4');
  f.remedy := case when v_failed then 'repair or roll back, deploy again, and report a passing health check'
    when v_looked_at = 0 then 'deploy the release, and report a passing health check'
    else v_remedy
  end;
  return f;
end
$$;
comment on function ops_private.find_deployment_health(ops_private.deployed_target[], boolean) is
  'Finding on a requirement `deployment_health`: all targets in the furthest environment reached must be healthy. It names those that are not. failed when one failed. When all were taken out, it is unsatisfied.';
revoke execute on function ops_private.find_deployment_health(ops_private.deployed_target[], boolean) from public;

create function ops_private.find_checks_on_targets(
  kind ops.ops_requirement_kind, subject text, gate_code ops.ops_gate_code, checks ops_private.latest_check[],
  targets ops_private.deployed_target[], in_full boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_one ops.gate_finding;
  t ops_private.deployed_target;
begin
  foreach t in array targets loop
    continue when t.retired;
    v_one := ops_private.find_checks(kind, subject, gate_code, array(
      select c from unnest(checks) as c where c.deployment_id = t.deployment_id), in_full);
    v_one.detail := format('%s: %s', ops_private.place_of(t.environment, t.target), v_one.detail);
    if f.state is null or v_one.state > f.state then
      f := v_one;
    end if;
  end loop;
  if f.requirement is null then
    return ops_private.find_checks(kind, subject, gate_code, checks, in_full);
  end if;
  return f;
end
$$;
comment on function ops_private.find_checks_on_targets(
  ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], ops_private.deployed_target[], boolean
) is
  'Finding on a requirement `check` or `no_failed_checks`. On G4 every deployment that it looks at must meet it: the first of the worst findings counts, and names its target.';
revoke execute on function ops_private.find_checks_on_targets(
  ops.ops_requirement_kind, text, ops.ops_gate_code, ops_private.latest_check[], ops_private.deployed_target[], boolean
) from public;

create function ops_private.retired_failures(release ops.releases, as_of timestamptz) returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select
    g.gate_id, g.gate_code, 'a target that was taken out has not failed', 'retired_failed'::ops.ops_requirement_kind,
    t.target::text, 'advisory'::ops.ops_enforcement, 'failed'::ops.ops_finding_state,
    format('%s, which was taken out: %s', ops_private.place_of(t.environment, t.target), t.found),
    'check that nothing runs there any more, or deploy there again and report a passing health check',
    ops_private.gate_owner('G4')
  from unnest(enum_range(null::ops.ops_environment)) as e (environment)
  cross join lateral ops_private.targets_at(release, e.environment, retired_failures.as_of) as t
  join ops.release_gates g on g.release_id = release.release_id and g.gate_code = 'G4'
  where t.retired and t.health = 'failed';
end
$$;
comment on function ops_private.retired_failures(ops.releases, timestamptz) is
  'Advisory findings on the targets that were taken out while the newest deployment of the release there had failed, in every environment.';
revoke execute on function ops_private.retired_failures(ops.releases, timestamptz) from public;

create function ops_private.rollbacks_to_unknown(release ops.releases, as_of timestamptz)
returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select
    g.gate_id, g.gate_code, 'a rollback undoes the newest deployment, and goes back to one that succeeded while eligible',
    'rollback_to_unknown'::ops.ops_requirement_kind, d.deployment_ref::text, 'advisory'::ops.ops_enforcement,
    'failed'::ops.ops_finding_state,
    format('rollback %s in %s %s, so it counts as an ordinary deployment', d.deployment_ref,
      ops_private.place_of(d.environment, d.target),
      case when d.rollback_known then 'does not undo what was deployed last' else 'goes back to nothing known' end),
    'deploy the release again, or roll back to a version that was deployed there while eligible',
    ops_private.gate_owner('G4')
  from ops_private.deployments_at(release.release_id, rollbacks_to_unknown.as_of) as n
  join ops.deployments d on d.deployment_id = n.deployment_id
  join ops.release_gates g on g.release_id = release.release_id and g.gate_code = 'G4'
  where n.place = 1 and d.rollback_of is not null
  order by d.environment, d.target;
end
$$;
comment on function ops_private.rollbacks_to_unknown(ops.releases, timestamptz) is
  'Advisory findings on the targets whose newest deployment is a rollback that counts as one: it goes back to nothing known, or does not undo the newest deployment.';
revoke execute on function ops_private.rollbacks_to_unknown(ops.releases, timestamptz) from public;

create function ops_private.rollbacks_in_doubt(release ops.releases, as_of timestamptz)
returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select
    g.gate_id, g.gate_code, 'a rollback succeeded and is healthy', 'deployment_health'::ops.ops_requirement_kind,
    d.deployment_ref::text, 'advisory'::ops.ops_enforcement,
    case when h.health = 'failed' then 'failed' else 'unsatisfied' end::ops.ops_finding_state,
    format('rollback %s in %s %s', d.deployment_ref, ops_private.place_of(d.environment, d.target),
      case when n.ended = 'failed' then 'failed' when h.health = 'failed' then 'has a failed health check'
        else 'was not reported succeeded yet' end),
    case when h.health = 'failed' then 'repair what runs there, or deploy the release again'
      else 'report how the rollback ended' end,
    ops_private.gate_owner('G4')
  from ops_private.deployments_at(release.release_id, rollbacks_in_doubt.as_of, with_rollbacks => true) as n
  join ops.deployments d on d.deployment_id = n.deployment_id
  join ops.release_gates g on g.release_id = release.release_id and g.gate_code = 'G4'
  cross join lateral (
    select ops_private.deployment_health(d.release_id, d.deployment_id, rollbacks_in_doubt.as_of) as health
  ) as h
  where n.place = 1 and n.is_left_out and (n.ended is null or h.health = 'failed')
  order by d.environment, d.target;
end
$$;
comment on function ops_private.rollbacks_in_doubt(ops.releases, timestamptz) is
  'Advisory findings on the targets where the last thing deployed is a rollback that is left out as one (ops_private.deployments_at), and that has not succeeded, or has failed itself. No other rule sees it.';
revoke execute on function ops_private.rollbacks_in_doubt(ops.releases, timestamptz) from public;
