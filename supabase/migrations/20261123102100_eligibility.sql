-- May this release go there, and if not, why not: now, and at any moment in the past.

create function ops_private.blockers_of(release_id uuid, target ops.ops_environment, as_of timestamptz)
returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if target = 'dev' then
    return;
  end if;
  return query
  select f.*
  from ops_private.judge_release(
    release_id, as_of, to_gate => case target when 'staging' then 'G2' else 'G3' end::ops.ops_gate_code
  ) as v
  cross join lateral unnest(v.findings) as f
  where v.status not in ('passed', 'bypassed') and f.enforcement = 'blocking' and f.state <> 'satisfied';
  if target = 'production' then
    return query
    select
      g.gate_id, g.gate_code, 'the newest staging deployment has not failed',
      'deployment_health'::ops.ops_requirement_kind, 'staging', 'blocking'::ops.ops_enforcement,
      'failed'::ops.ops_finding_state, 'health in staging: failed',
      'repair it, deploy to staging again, and report a passing health check', ops_private.gate_owner('G4')
    from ops.release_gates g
    where g.release_id = blockers_of.release_id and g.gate_code = 'G4'
      and ops_private.standing_health(blockers_of.release_id, 'staging', blockers_of.as_of) = 'failed';
  end if;
end
$$;
comment on function ops_private.blockers_of(uuid, ops.ops_environment, timestamptz) is
  'What keeps a release out of an environment at a moment, from the facts known then; no rows exactly when eligible.';
revoke execute on function ops_private.blockers_of(uuid, ops.ops_environment, timestamptz) from public;

create function ops_private.cleared_for(release_id uuid, statuses ops.ops_gate_status[]) returns ops.ops_environment
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Statements of their own: an expression with a query in it is run as a query even when it does not come to that.
  if statuses[1:2] <> '{passed,passed}' then
    return 'dev';
  elsif statuses[3] <> 'passed' then
    return 'staging';
  end if;
  -- The newest that is not pending is the one whose health stands.
  return case when (
    select d.g4_status from ops.deployments d
    where d.release_id = cleared_for.release_id and d.environment = 'staging'
      and d.rollback_of is null and d.g4_status <> 'pending'
    order by d.deployed_at desc, d.deployment_ref desc limit 1
  ) = 'failed' then 'staging' else 'production' end;
end
$$;
comment on function ops_private.cleared_for(uuid, ops.ops_gate_status[]) is
  'The furthest environment that verdicts (G1 first) and the stored health of staging let a release into, bypasses left out.';
revoke execute on function ops_private.cleared_for(uuid, ops.ops_gate_status[]) from public;

create function ops.is_eligible_for_promotion(release_id uuid, target_env text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- roles may ask about facts they may not read
as $$
declare
  v_allowed constant boolean := ops_private.require_any_role();
  v_eligible boolean;
begin
  -- While no exception was recorded, time changes nothing, and what was stored is the answer: one look-up.
  select case target_env
    when 'production' then r.cleared_for = 'production' when 'staging' then r.cleared_for <> 'dev' when 'dev' then true
  end into v_eligible
  from ops.releases r where r.release_id = is_eligible_for_promotion.release_id and not r.excepted;
  if v_eligible is null then
    return ops_private.is_eligible_at(
      ops_private.release_named(is_eligible_for_promotion.release_id), ops_private.environment_named(target_env), clock_timestamp());
  end if;
  return v_eligible;
end
$$;
comment on function ops.is_eligible_for_promotion(uuid, text) is
  'May this release go to dev, staging or production now? staging needs G1 and G2, production G3 too and no failed staging deployment; each passed, or bypassed under an exception that is active now. Never null. OPS04 unknown release, 22023 unknown environment.';
revoke execute on function ops.is_eligible_for_promotion(uuid, text) from public;
grant execute on function ops.is_eligible_for_promotion(uuid, text) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops_private.is_eligible_at(release ops.releases, target ops.ops_environment, now timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
    select from ops.exceptions x where x.release_id = release.release_id and ops_private.is_active(x, is_eligible_at.now)
  ) then
    return not exists (select from ops_private.blockers_of(release.release_id, target, is_eligible_at.now));
  end if;
  return release.cleared_for >= target;
end
$$;
comment on function ops_private.is_eligible_at(ops.releases, ops.ops_environment, timestamptz) is
  'Whether a release may go to an environment at the present moment given: judged afresh under an active exception, as stored without one.';
revoke execute on function ops_private.is_eligible_at(ops.releases, ops.ops_environment, timestamptz) from public;

create function ops.promotion_blockers(release_id uuid, target_env text) returns setof ops.gate_finding
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- roles may ask about facts they may not read
as $$
begin
  perform ops_private.require_any_role();
  return query
  select b.* from ops_private.blockers_of(
    (ops_private.release_named(promotion_blockers.release_id)).release_id, ops_private.environment_named(target_env), clock_timestamp()
  ) as b;
end
$$;
comment on function ops.promotion_blockers(uuid, text) is
  'Why a release may not go to dev, staging or production now, with gate, remedy and who; no rows exactly when it may. OPS04 unknown release, 22023 unknown environment.';
revoke execute on function ops.promotion_blockers(uuid, text) from public;
grant execute on function ops.promotion_blockers(uuid, text) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create type ops_private.release_blockers as (staging text, production text);
comment on type ops_private.release_blockers is
  'What keeps a release out of staging and out of production, in words; each null exactly when it may go there.';

create function ops_private.first_blockers(release_id uuid) returns ops_private.release_blockers
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- roles may ask about facts they may not read
as $$
declare
  v_blocker ops.gate_finding;
  v_words text;
  v_first ops_private.release_blockers;
begin
  perform ops_private.require_role('service_role', 'release_manager', 'audit_reader');
  for v_blocker in select * from ops_private.blockers_of(first_blockers.release_id, 'production', clock_timestamp()) loop
    v_words := format('%s: %s (%s)', v_blocker.gate_code, v_blocker.requirement, v_blocker.detail);
    v_first.production := coalesce(v_first.production, v_words);
    -- G1 and G2 are judged the same way for both, and come first.
    if v_blocker.gate_code <= 'G2' then
      v_first.staging := coalesce(v_first.staging, v_words);
    end if;
  end loop;
  return v_first;
end
$$;
comment on function ops_private.first_blockers(uuid) is
  'The first of ops.promotion_blockers for staging and for production in words, judged once; each null exactly when the release may go there now. For the eligibility view.';

create function ops.gate_findings(gate_id uuid, as_of timestamptz default null) returns setof ops.gate_finding
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- roles may ask about facts they may not read
as $$
declare
  v_gate ops.release_gates;
begin
  perform ops_private.require_any_role();
  v_gate := ops_private.gate_named(gate_findings.gate_id);
  return query
  select f.* from ops_private.judge_release(
    v_gate.release_id,
    case when gate_findings.as_of is null then clock_timestamp()
      else ops_private.moment_named(ops_private.release_named(v_gate.release_id), gate_findings.as_of) end,
    to_gate => v_gate.gate_code, in_full => true
  ) as v cross join lateral unnest(v.findings) as f
  where v.gate_id = gate_findings.gate_id;
end
$$;
comment on function ops.gate_findings(uuid, timestamptz) is
  'One row per requirement of a gate, blocking ones first: what is asked, what was found, what to do and who can; now, or at a past moment. OPS04 unknown gate, 22023 a moment before the release or in the future.';
revoke execute on function ops.gate_findings(uuid, timestamptz) from public;
grant execute on function ops.gate_findings(uuid, timestamptz) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops.gate_status_at(gate_id uuid, as_of timestamptz) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- roles may ask about facts they may not read
as $$
declare
  v_gate ops.release_gates;
begin
  perform ops_private.require_any_role();
  v_gate := ops_private.gate_named(gate_status_at.gate_id);
  return (
    select v.status::text from ops_private.judge_release(
      v_gate.release_id, ops_private.moment_named(ops_private.release_named(v_gate.release_id), gate_status_at.as_of),
      to_gate => v_gate.gate_code
    ) as v where v.gate_id = gate_status_at.gate_id
  );
end
$$;
comment on function ops.gate_status_at(uuid, timestamptz) is
  'The verdict on a gate at a past moment, from the facts known then. Final for moments older than the oldest transaction still open. OPS04 unknown gate, 22023 a moment before the release or in the future.';
revoke execute on function ops.gate_status_at(uuid, timestamptz) from public;
grant execute on function ops.gate_status_at(uuid, timestamptz) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops.was_eligible_for_promotion(release_id uuid, target_env text, as_of timestamptz) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- roles may ask about facts they may not read
as $$
begin
  perform ops_private.require_any_role();
  return not exists (
    select from ops_private.blockers_of(
      was_eligible_for_promotion.release_id, ops_private.environment_named(target_env),
      ops_private.moment_named(ops_private.release_named(was_eligible_for_promotion.release_id), was_eligible_for_promotion.as_of)
    )
  );
end
$$;
comment on function ops.was_eligible_for_promotion(uuid, text, timestamptz) is
  'Might this release go to dev, staging or production at a past moment, by the facts known then? Final for moments older than the oldest transaction still open. OPS04 unknown release, 22023 unknown environment or moment.';
revoke execute on function ops.was_eligible_for_promotion(uuid, text, timestamptz) from public;
grant execute on function ops.was_eligible_for_promotion(uuid, text, timestamptz) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;
