-- What would keep a release out of an environment at a moment, and which exception covers it; what is worth a look.

create type ops_private.obstacle as (
  finding ops.gate_finding,
  exception_id uuid
);
comment on type ops_private.obstacle is
  'A finding that would keep a release out of an environment, and the exception that covers it. Without one it is a blocker.';

create function ops_private.production_findings(
  release ops.releases, as_of timestamptz, policy ops_private.requirements_in_force[] default null
) returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  return query
  select
    g.gate_id, g.gate_code, 'the newest deployment to each target of staging has not failed',
    'deployment_health'::ops.ops_requirement_kind, 'staging', 'blocking'::ops.ops_enforcement,
    'failed'::ops.ops_finding_state,
    string_agg(format('%s: %s', ops_private.place_of(t.environment, t.target), t.found), '; '),
    'repair the release, deploy it to staging again, and report a passing health check', ops_private.gate_owner('G4')
  from ops.release_gates g
  cross join lateral ops_private.targets_at(release, 'staging', production_findings.as_of) as t
  where g.release_id = release.release_id and g.gate_code = 'G4' and t.health = 'failed' and not t.retired
  group by g.gate_id;
  if release.contested then
    return query
    select f.* from ops_private.standing_contested(release.release_id, production_findings.as_of) as c
    cross join lateral ops_private.find_contested(c, production_findings.as_of) as f where c.on_staging;
  end if;
  if release.asks_beyond or policy is not null then
    return query
    select f.* from ops_private.find_production_policy(
      release, 'blocking', production_findings.as_of, production_findings.policy) as f;
  end if;
end
$$;
comment on function ops_private.production_findings(ops.releases, timestamptz, ops_private.requirements_in_force[]) is
  'What keeps a release from production beside its gates, at a moment. A gate_bypass that names the gate of a finding covers it.';
revoke execute on function ops_private.production_findings(
  ops.releases, timestamptz, ops_private.requirements_in_force[]
) from public;

create function ops_private.release_objections(
  release ops.releases, as_of timestamptz, policy ops_private.requirements_in_force[] default null
) returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  if release.objected then
    return query
    select f.* from ops_private.find_objections(
      null, array(
        select d from ops_private.standing_decisions(
          release.release_id, null, release_objections.as_of,
          unmet => ops_private.unmet_by_policy(release.release_id, release_objections.policy)) as d
      ), '{}') as f;
  end if;
  if release.contested then
    return query
    select f.* from ops_private.standing_contested(release.release_id, release_objections.as_of) as c
    cross join lateral ops_private.find_contested(c, release_objections.as_of) as f where c.on_release;
  end if;
end
$$;
comment on function ops_private.release_objections(ops.releases, timestamptz, ops_private.requirements_in_force[]) is
  'The findings on the objections to a release as a whole that stand at a moment: they keep it out of staging and production.';
revoke execute on function ops_private.release_objections(
  ops.releases, timestamptz, ops_private.requirements_in_force[]
) from public;

create function ops_private.find_closed(release ops.releases) returns ops.gate_finding
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
begin
  f.kind := 'release_closed';
  f.subject := release.close_reason;
  f.enforcement := 'blocking';
  f.state := 'failed';
  f.requirement := 'the release is open';
  f.detail := format('closed by %s: %s', release.closed_by, release.close_reason);
  f.remedy := 'open a release under a new name';
  f.who := 'release_manager';
  return f;
end
$$;
comment on function ops_private.find_closed(ops.releases) is
  'The finding on a release that is closed: it is eligible for nothing, and no exception covers that.';
revoke execute on function ops_private.find_closed(ops.releases) from public;

create function ops_private.obstacles_beside_gates(
  release ops.releases, target ops.ops_environment, as_of timestamptz,
  policy ops_private.requirements_in_force[] default null
) returns setof ops_private.obstacle
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  v_finding ops.gate_finding;
  v_gates ops.ops_gate_code[];
begin
  for v_finding in
    select f.* from ops_private.production_findings(
      release, obstacles_beside_gates.as_of, obstacles_beside_gates.policy) as f
    where target = 'production'
    union all
    select f.* from ops_private.release_objections(
      release, obstacles_beside_gates.as_of, obstacles_beside_gates.policy) as f
    where release.objected or release.contested
  loop
    v_gates := case when v_finding.gate_code is null then ops_private.gates_before('production')
      else array[v_finding.gate_code] end;
    return next row(v_finding, case when release.excepted
      then ops_private.covering_exception(
        release.release_id, v_gates, false, obstacles_beside_gates.as_of, obstacles_beside_gates.policy) end);
  end loop;
end
$$;
comment on function ops_private.obstacles_beside_gates(
  ops.releases, ops.ops_environment, timestamptz, ops_private.requirements_in_force[]
) is
  'What would keep a release out of staging or production beside its gates, and the exceptions that cover it: for production a failure in staging and what policy asks; objections to the release as a whole. A gate_bypass covers what it names: G3 also what policy asks of production; G4 also a failure in staging; G1, G2 and G3 together also an objection to the release as a whole.';
revoke execute on function ops_private.obstacles_beside_gates(
  ops.releases, ops.ops_environment, timestamptz, ops_private.requirements_in_force[]
) from public;

create function ops_private.obstacles_in(
  verdicts ops_private.gate_verdict[], release ops.releases, target ops.ops_environment, as_of timestamptz,
  policy ops_private.requirements_in_force[] default null
) returns setof ops_private.obstacle
language plpgsql stable set search_path = pg_catalog, pg_temp rows 4
as $$
begin
  return query
  select f, (v.gate).exception_id
  from unnest(verdicts) as v
  cross join lateral unnest(v.findings) as f
  where (v.gate).gate_code = any (ops_private.gates_before(target)) and (v.gate).status <> 'passed'
    and f.enforcement = 'blocking' and f.state <> 'satisfied';
  return query
  select o.* from ops_private.obstacles_beside_gates(release, target, obstacles_in.as_of, obstacles_in.policy) as o;
end
$$;
comment on function ops_private.obstacles_in(
  ops_private.gate_verdict[], ops.releases, ops.ops_environment, timestamptz, ops_private.requirements_in_force[]
) is
  'What would keep a release out of staging or production by these verdicts on its gates, and the exceptions that cover it. verdicts: of the gates from G1 on, at that moment and by that policy (ops_private.requirements_of).';
revoke execute on function ops_private.obstacles_in(
  ops_private.gate_verdict[], ops.releases, ops.ops_environment, timestamptz, ops_private.requirements_in_force[]
) from public;

create function ops_private.obstacles_to(release ops.releases, target ops.ops_environment, as_of timestamptz)
returns setof ops_private.obstacle
language plpgsql stable set search_path = pg_catalog, pg_temp rows 4
as $$
declare
  v_needed constant ops.ops_gate_code[] := ops_private.gates_before(target);
begin
  if release.closed_at <= obstacles_to.as_of then
    return next row(ops_private.find_closed(release), null::uuid);
  elsif v_needed <> '{}' then
    return query
    select o.* from ops_private.obstacles_in(
      (ops_private.judge(release, 'G1', as_of, to_gate => v_needed[cardinality(v_needed)])).verdicts,
      release, target, obstacles_to.as_of) as o;
  end if;
end
$$;
comment on function ops_private.obstacles_to(ops.releases, ops.ops_environment, timestamptz) is
  'What would keep a release out of an environment at a moment, by the facts known then, and the exceptions that cover it. Of a closed release only that it is closed.';
revoke execute on function ops_private.obstacles_to(ops.releases, ops.ops_environment, timestamptz) from public;

create function ops_private.blockers_of(release ops.releases, target ops.ops_environment, as_of timestamptz)
returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select (o.finding).*
  from ops_private.obstacles_to(release, target, blockers_of.as_of) as o where o.exception_id is null;
end
$$;
comment on function ops_private.blockers_of(ops.releases, ops.ops_environment, timestamptz) is
  'The blockers of a release for an environment at a moment: what no exception covers. No rows exactly when it is eligible.';
revoke execute on function ops_private.blockers_of(ops.releases, ops.ops_environment, timestamptz) from public;

create function ops_private.find_moving_ref(release ops.releases) returns ops.gate_finding
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
begin
  if release.source_ref ~* '^([0-9a-f]{40}|[0-9a-f]{64})$' or release.source_ref like 'refs/tags/%' then
    return null;
  end if;
  f.kind := 'moving_ref';
  f.subject := release.source_ref;
  f.enforcement := 'advisory';
  f.state := 'unsatisfied';
  f.requirement := 'source_ref names one commit';
  f.detail := format('%s is no full commit id and no tag, so it can name another commit tomorrow', release.source_ref);
  f.remedy := 'open a release with the full commit id, or with a tag that begins with refs/tags/';
  f.who := 'release_manager';
  return f;
end
$$;
comment on function ops_private.find_moving_ref(ops.releases) is
  'The finding on a source_ref that is no full commit id (40 or 64 hex digits) and does not begin with refs/tags/. Null for others.';
revoke execute on function ops_private.find_moving_ref(ops.releases) from public;

create function ops_private.advice_of(release ops.releases, target ops.ops_environment, as_of timestamptz)
returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
declare
  v_finding ops.gate_finding;
begin
  if release.dismissed then
    return query select f.* from ops_private.find_dismissed(release, advice_of.as_of) as f;
  end if;
  v_finding := ops_private.find_moving_ref(release);
  if v_finding.kind is not null then
    return next v_finding;
  end if;
  if release.retired then
    return query select f.* from ops_private.retired_failures(release, advice_of.as_of) as f;
  end if;
  -- Few releases have a rollback. An index has no other rows.
  if exists (select from ops.deployments d where d.release_id = release.release_id and d.rollback_of is not null) then
    return query select f.* from ops_private.rollbacks_to_unknown(release, advice_of.as_of) as f;
    return query select f.* from ops_private.rollbacks_in_doubt(release, advice_of.as_of) as f;
  end if;
  if target = 'production' then
    return query select f.* from ops_private.find_production_policy(release, 'advisory', advice_of.as_of) as f;
  end if;
end
$$;
comment on function ops_private.advice_of(ops.releases, ops.ops_environment, timestamptz) is
  'The advisory findings on promoting a release to an environment at a moment, by the facts known then. None of them keeps the release out.';
revoke execute on function ops_private.advice_of(ops.releases, ops.ops_environment, timestamptz) from public;

create function ops_private.advice_in_answer(release ops.releases, target ops.ops_environment, artifacts jsonb)
returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object('advice', jsonb_agg(to_jsonb(a)))
    from (
      select o.* from ops_private.advice_of(release, target, ops_private.present(release)) as o
      union all
      select d.* from ops_private.find_deployed_artifacts(release, target, artifacts, ops_private.present(release)) as d
      where (release.has_artifacts or artifacts is not null) and d.enforcement = 'advisory'
    ) as a
    having count(*) > 0
  );
end
$$;
comment on function ops_private.advice_in_answer(ops.releases, ops.ops_environment, jsonb) is
  'What the answer to a deployment that was judged says beside its blockers: {advice: [findings]}. Null without any.';
revoke execute on function ops_private.advice_in_answer(ops.releases, ops.ops_environment, jsonb) from public;
