-- Whether a release is eligible for an environment, and why not: now, or at a past moment.

create function ops_private.release_named(release_id uuid) returns ops.releases
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r where r.release_id = release_named.release_id;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such release',
      hint = 'ops.open_release opens a release and returns its release_id';
  end if;
  return v_release;
end
$$;
comment on function ops_private.release_named(uuid) is 'The release with this id. Raises OPS04 when there is none.';
revoke execute on function ops_private.release_named(uuid) from public;

create function ops_private.gate_named(gate_id uuid) returns ops.release_gates
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate ops.release_gates;
begin
  select g.* into v_gate from ops.release_gates g where g.gate_id = gate_named.gate_id;
  if not found then
    raise exception using errcode = 'OPS04', message = 'there is no such gate',
      hint = 'ops.promotion_blockers and ops.v_release_gate_summary show the gate_id of each gate';
  end if;
  return v_gate;
end
$$;
comment on function ops_private.gate_named(uuid) is 'The gate with this id. Raises OPS04 when there is none.';
revoke execute on function ops_private.gate_named(uuid) from public;

create function ops_private.environment_named(target_env text) returns ops.ops_environment
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (target_env = any (enum_range(null::ops.ops_environment)::text[])) is not true then
    raise exception using errcode = '22023', message = 'there is no such environment',
      detail = 'the environments are dev, staging and production', hint = 'name one of them in lower case';
  end if;
  return target_env::ops.ops_environment;
end
$$;
comment on function ops_private.environment_named(text) is
  'The environment with this name. Raises 22023 when there is none.';
revoke execute on function ops_private.environment_named(text) from public;

create function ops_private.moment_named(release ops.releases, as_of timestamptz) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if (as_of between release.created_at and ops_private.present(release)) is not true then
    raise exception using errcode = '22023', message = 'the moment must be between the opening of the release and now',
      detail = format('the release was opened at %s', release.created_at),
      hint = 'name a moment after that time and not in the future';
  end if;
  return as_of;
end
$$;
comment on function ops_private.moment_named(ops.releases, timestamptz) is
  'The given moment, if it is between the opening of the release and now. Otherwise raises 22023.';
revoke execute on function ops_private.moment_named(ops.releases, timestamptz) from public;

create type ops_private.obstacle as (
  finding ops.gate_finding,
  exception_id uuid
);
comment on type ops_private.obstacle is
  'A finding that would keep a release out of an environment, and the exception that covers it. Without one it is a blocker.';

create function ops_private.production_findings(release ops.releases, as_of timestamptz) returns setof ops.gate_finding
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
    cross join lateral ops_private.find_contested(c) as f where c.on_staging;
  end if;
  if release.asks_beyond then
    return query
    select f.* from ops_private.asked_of_production(release, 'blocking', production_findings.as_of) as f;
  end if;
end
$$;
comment on function ops_private.production_findings(ops.releases, timestamptz) is
  'What keeps a release from production beside its gates, at a moment. A gate_bypass that names the gate of a finding covers it.';
revoke execute on function ops_private.production_findings(ops.releases, timestamptz) from public;

create function ops_private.release_objections(release ops.releases, as_of timestamptz) returns setof ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp rows 1
as $$
begin
  if release.objected then
    return query
    select f.* from ops_private.find_objections(
      null, array(
        select d from ops_private.standing_decisions(release.release_id, null, release_objections.as_of) as d
      ), '{}') as f;
  end if;
  if release.contested then
    return query
    select f.* from ops_private.standing_contested(release.release_id, release_objections.as_of) as c
    cross join lateral ops_private.find_contested(c) as f where c.on_release;
  end if;
end
$$;
comment on function ops_private.release_objections(ops.releases, timestamptz) is
  'The findings on the objections to a release as a whole that stand at a moment: they keep it out of staging and production.';
revoke execute on function ops_private.release_objections(ops.releases, timestamptz) from public;

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

create function ops_private.obstacles_to(release ops.releases, target ops.ops_environment, as_of timestamptz)
returns setof ops_private.obstacle
language plpgsql stable set search_path = pg_catalog, pg_temp rows 4
as $$
declare
  v_finding ops.gate_finding;
  v_gates ops.ops_gate_code[];
begin
  if release.closed_at <= obstacles_to.as_of then
    return next row(ops_private.find_closed(release), null::uuid);
    return;
  elsif target = 'dev' then
    return;
  end if;
  return query
  select f, (v.gate).exception_id
  from unnest((ops_private.judge(
    release, 'G1', as_of, to_gate => case target when 'staging' then 'G2' else 'G3' end::ops.ops_gate_code
  )).verdicts) as v
  cross join lateral unnest(v.findings) as f
  where (v.gate).status <> 'passed' and f.enforcement = 'blocking' and f.state <> 'satisfied';
  for v_finding in
    select f.* from ops_private.production_findings(release, obstacles_to.as_of) as f where target = 'production'
    union all
    select f.* from ops_private.release_objections(release, obstacles_to.as_of) as f
    where release.objected or release.contested
  loop
    v_gates := case when v_finding.gate_code is null then '{G1,G2,G3}' else array[v_finding.gate_code] end;
    return next row(v_finding, case when release.excepted
      then ops_private.covering_exception(release.release_id, v_gates, false, obstacles_to.as_of) end);
  end loop;
end
$$;
comment on function ops_private.obstacles_to(ops.releases, ops.ops_environment, timestamptz) is
  'What would keep a release out of an environment at a moment, by the facts known then, and the exceptions that cover it. Of a closed release only that it is closed. A gate_bypass covers what it names: G3 also what policy asks of production; G4 also a failure in staging; G1, G2 and G3 together also an objection to the release as a whole.';
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
  return query select f.* from ops_private.rollbacks_to_unknown(release, advice_of.as_of) as f;
  return query select f.* from ops_private.rollbacks_in_doubt(release, advice_of.as_of) as f;
  if target = 'production' then
    return query select f.* from ops_private.asked_of_production(release, 'advisory', advice_of.as_of) as f;
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

create function ops.is_eligible_for_promotion(release_id uuid, target_env text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_eligible boolean;
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  -- Until something begins or ends with time the stored answer is valid: this needs one index look-up.
  select case target_env
    when 'production' then r.cleared_for = 'production' when 'staging' then r.cleared_for <> 'dev' when 'dev' then true
  end into v_eligible
  from ops.releases r
  where r.release_id = is_eligible_for_promotion.release_id and r.closed_at is null and not r.excepted
    and not (r.asks_beyond and target_env = 'production')
    and (r.judged_until is null or r.judged_until > clock_timestamp());
  if v_eligible is null then
    v_release := ops_private.release_named(is_eligible_for_promotion.release_id);
    return ops_private.is_eligible_at(
      v_release, ops_private.environment_named(target_env), ops_private.present(v_release));
  end if;
  return v_eligible;
end
$$;
comment on function ops.is_eligible_for_promotion(uuid, text) is
  'Whether the release may be deployed to dev, staging or production now. A closed release may go nowhere. dev requires nothing else. staging requires G1 and G2. production also requires G3, no target of staging where the newest deployment has failed, and what the policy asks beside the gates. A gate counts when it is passed, or bypassed by an exception that is active now. Never null. OPS04: unknown release. 22023: unknown environment.';
revoke execute on function ops.is_eligible_for_promotion(uuid, text) from public;
grant execute on function ops.is_eligible_for_promotion(uuid, text) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops_private.is_eligible_at(release ops.releases, target ops.ops_environment, now timestamptz)
returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if release.closed_at is not null then
    return false;
  elsif release.lapses_at <= is_eligible_at.now or exists (
    select from ops.exceptions x
    where x.release_id = release.release_id and ops_private.authorises(x, is_eligible_at.now)
  ) then
    return not exists (select from ops_private.blockers_of(release, target, is_eligible_at.now));
  end if;
  return release.cleared_for >= target and not (target = 'production' and release.asks_beyond and exists (
    select from ops_private.asked_of_production(release, 'blocking', is_eligible_at.now)));
end
$$;
comment on function ops_private.is_eligible_at(ops.releases, ops.ops_environment, timestamptz) is
  'Whether a release is eligible for an environment now; the argument now is the present moment. While an exception has an effect, or after an approval or artifact lapsed, this judges the gates again, otherwise it uses the stored verdicts, and what policy asks of production.';
revoke execute on function ops_private.is_eligible_at(ops.releases, ops.ops_environment, timestamptz) from public;

create function ops.promotion_blockers(release_id uuid, target_env text) returns setof ops.gate_finding
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_release := ops_private.release_named(promotion_blockers.release_id);
  return query
  select b.* from ops_private.blockers_of(
    v_release, ops_private.environment_named(target_env), ops_private.present(v_release)
  ) as b;
end
$$;
comment on function ops.promotion_blockers(uuid, text) is
  'The blockers of a release for dev, staging or production now: gate, requirement, what was found, remedy and who can do it. No rows exactly when the release is eligible. OPS04: unknown release. 22023: unknown environment.';
revoke execute on function ops.promotion_blockers(uuid, text) from public;
grant execute on function ops.promotion_blockers(uuid, text) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops.promotion_advice(release_id uuid, target_env text) returns setof ops.gate_finding
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_release := ops_private.release_named(promotion_advice.release_id);
  return query
  select a.* from ops_private.advice_of(
    v_release, ops_private.environment_named(target_env), ops_private.present(v_release)
  ) as a;
end
$$;
comment on function ops.promotion_advice(uuid, text) is
  'The advisory findings on promoting a release to dev, staging or production now: what was found, remedy and who can do it. None of them keeps the release out; ops.promotion_blockers has those that do. OPS04: unknown release. 22023: unknown environment.';
revoke execute on function ops.promotion_advice(uuid, text) from public;
grant execute on function ops.promotion_advice(uuid, text) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops.gate_findings(gate_id uuid, as_of timestamptz default null) returns setof ops.gate_finding
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_gate ops.release_gates;
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_gate := ops_private.gate_named(gate_findings.gate_id);
  v_release := ops_private.release_named(v_gate.release_id);
  return query
  select f.* from unnest((ops_private.judge(
    v_release, 'G1',
    case when gate_findings.as_of is null then ops_private.present(v_release)
      else ops_private.moment_named(v_release, gate_findings.as_of) end,
    to_gate => v_gate.gate_code, in_full => true
  )).verdicts) as v cross join lateral unnest(v.findings) as f
  where (v.gate).gate_id = gate_findings.gate_id;
end
$$;
comment on function ops.gate_findings(uuid, timestamptz) is
  'One row per requirement of a gate, blocking ones first: what is required, what was found, what to do and who can do it. Without as_of: now. OPS04: unknown gate. 22023: as_of is before the release was opened or in the future.';
revoke execute on function ops.gate_findings(uuid, timestamptz) from public;
grant execute on function ops.gate_findings(uuid, timestamptz) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops.gate_status_at(gate_id uuid, as_of timestamptz) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_gate ops.release_gates;
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_gate := ops_private.gate_named(gate_status_at.gate_id);
  v_release := ops_private.release_named(v_gate.release_id);
  return (
    select (v.gate).status::text
    from unnest((ops_private.judge(
      v_release, 'G1', ops_private.moment_named(v_release, gate_status_at.as_of), to_gate => v_gate.gate_code
    )).verdicts) as v
    where (v.gate).gate_id = gate_status_at.gate_id
  );
end
$$;
comment on function ops.gate_status_at(uuid, timestamptz) is
  'The verdict on a gate at a past moment, by the facts known then. The answer is final for moments that are older than the oldest open transaction. OPS04: unknown gate. 22023: the moment is before the release was opened or in the future.';
revoke execute on function ops.gate_status_at(uuid, timestamptz) from public;
grant execute on function ops.gate_status_at(uuid, timestamptz) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops.was_eligible_for_promotion(release_id uuid, target_env text, as_of timestamptz) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- the caller may not read the facts
as $$
declare
  v_release ops.releases;
begin
  perform ops_private.require_any_role();
  v_release := ops_private.release_named(was_eligible_for_promotion.release_id);
  return not exists (
    select from ops_private.blockers_of(
      v_release, ops_private.environment_named(target_env),
      ops_private.moment_named(v_release, was_eligible_for_promotion.as_of)
    )
  );
end
$$;
comment on function ops.was_eligible_for_promotion(uuid, text, timestamptz) is
  'Whether the release was eligible for dev, staging or production at a past moment, by the facts known then. The answer is final for moments that are older than the oldest open transaction. OPS04: unknown release. 22023: unknown environment, or the moment is before the release was opened or in the future.';
revoke execute on function ops.was_eligible_for_promotion(uuid, text, timestamptz) from public;
grant execute on function ops.was_eligible_for_promotion(uuid, text, timestamptz) to
service_role, ci_service_role, release_manager, qa_tester, sre, developer, audit_reader;

create function ops_private.first_blockers(release_id uuid) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- a view's reader may not call the rule
as $$
declare
  v_release ops.releases;
  v_blocker ops.gate_finding;
  v_words text;
  v_staging text;
  v_production text;
begin
  perform ops_private.require_reader('ops.releases', 'ops.release_gates');
  v_release := ops_private.release_named(first_blockers.release_id);
  for v_blocker in
    select b.* from ops_private.blockers_of(v_release, 'production', ops_private.present(v_release)) as b
  loop
    v_words := format(
      '%s: %s (%s)', coalesce(v_blocker.gate_code::text, 'release'), v_blocker.requirement, v_blocker.detail);
    v_production := coalesce(v_production, v_words);
    -- Staging needs G1 and G2 alone, and no objection to the release as a whole. Production needs them too, with the
    -- same findings in the same order.
    if (v_blocker.gate_code <= 'G2') is not false then
      v_staging := coalesce(v_staging, v_words);
    end if;
  end loop;
  return array[v_staging, v_production];
end
$$;
comment on function ops_private.first_blockers(uuid) is
  'The first blocker for staging and the first for production, in words. Each is null exactly when the release is eligible now. For the eligibility view. Raises 42501 when the caller may not read gates.';

create function ops_private.judged_gate(release ops.releases, gate_id uuid) returns ops.release_gates
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select v.gate
    from ops.release_gates g
    -- No gate depends on a later one.
    cross join unnest(
      (ops_private.judge(release, 'G1', ops_private.present(release), to_gate => g.gate_code)).verdicts) as v
    where g.gate_id = judged_gate.gate_id and (v.gate).gate_id = g.gate_id
  );
end
$$;
comment on function ops_private.judged_gate(ops.releases, uuid) is
  'A gate of a release as the facts and the active exceptions make it now.';
revoke execute on function ops_private.judged_gate(ops.releases, uuid) from public;

create function ops_private.gate_now(release_id uuid, gate_id uuid) returns ops.release_gates
language plpgsql stable security definer set search_path = pg_catalog, pg_temp -- a view's reader may not call the rule
as $$
begin
  perform ops_private.require_reader('ops.releases', 'ops.release_gates');
  return ops_private.judged_gate(ops_private.release_named(gate_now.release_id), gate_now.gate_id);
end
$$;
comment on function ops_private.gate_now(uuid, uuid) is
  'The verdict on a gate now, by the facts and the active exceptions. For the gate summary view. Raises 42501 when the caller may not read gates.';

create function ops_private.is_outdated(result jsonb) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.approvals a
    join ops.releases r on r.release_id = a.release_id
    cross join lateral ops_private.standing_decisions(a.release_id, a.gate_id, 'infinity') as d
    where a.approval_id = (result ->> 'approval_id')::uuid and a.decision = 'approved'
      and d.approver_id = a.approver_id and d.persona_role = a.persona_role
      and (
        d.decision <> 'approved'
        or r.has_artifacts
        and d.artifacts_digest is distinct from ops_private.artifacts_digest(r.release_id, 'infinity')
        or exists (
          select from ops_private.requirements_in_force n
          join ops.release_gates g on g.release_id = n.release_id and g.gate_code = n.gate_code
          where g.gate_id = a.gate_id and n.kind = 'approval' and n.subject = a.persona_role::text
            and d.recorded_at + make_interval(secs => n.valid_for) <= ops_private.present(r)
        )
      )
  );
end
$$;
comment on function ops_private.is_outdated(jsonb) is
  'Whether the first answer to a sign-off tells of an approval that no longer counts: its author decided otherwise since, it was of other artifacts, or its time is over.';
revoke execute on function ops_private.is_outdated(jsonb) from public;

create function ops_private.standing_now(result jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object('now', jsonb_build_object(
      'release_status', r.status,
      'gate_status', case when r.judged_until is not null or r.excepted
        then (ops_private.judged_gate(r, g.gate_id)).status else g.status end)
      || case when result ? 'approval_id' and ops_private.is_outdated(result)
        then '{"counts": false}'::jsonb else '{}' end)
    from ops.release_gates g join ops.releases r on r.release_id = g.release_id
    where g.gate_id = (standing_now.result #>> '{gate,gate_id}')::uuid
  );
end
$$;
comment on function ops_private.standing_now(jsonb) is
  'What a retry of an accepted event is told beside its first answer: {now: {gate_status, release_status}}, the status of its gate and of its release at this moment; with counts false when it approved and that no longer counts.';
revoke execute on function ops_private.standing_now(jsonb) from public;
