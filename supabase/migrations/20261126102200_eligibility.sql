-- What people and programs ask: whether a release is eligible, and why not; now, or at a past moment.

create function ops_private.refuse_unseen(what text, project text, hint text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := (
    select m.role from ops_private.my_reach() as m
    where refuse_unseen.project is not null
      and coalesce(m.project, refuse_unseen.project) = refuse_unseen.project
    order by array_position(ops_private.role_order(), m.role) limit 1
  );
begin
  if v_role is null then
    raise exception using errcode = 'OPS04', message = format('there is no such %s', what), hint = refuse_unseen.hint;
  end if;
  raise exception using errcode = 'OPS04',
    message = format('there is no such %s for the role %s, in which you act', what, ops_private.caller_role()),
    detail = format('you see it as %s', v_role),
    hint = format('choose that role for this session: ops.act_as (ops-gates act-as %s)', v_role);
end
$$;
comment on function ops_private.refuse_unseen(text, text, text) is
  'Raises OPS04: the caller sees no such thing. Only when another role that the same person holds would see it, the detail and the hint name that role. project: of the thing; null when it does not exist.';
revoke execute on function ops_private.refuse_unseen(text, text, text) from public;

create function ops_private.release_named(release_id uuid) returns ops.releases
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r where r.release_id = release_named.release_id;
  if not found or not ops_private.sees(v_release.project) then
    perform ops_private.refuse_unseen(
      'release', v_release.project, 'ops.open_release opens a release and returns its release_id');
  end if;
  return v_release;
end
$$;
comment on function ops_private.release_named(uuid) is
  'The release with this id. Raises OPS04 when there is none, or the caller may not act for its project (ops_private.refuse_unseen).';
revoke execute on function ops_private.release_named(uuid) from public;

create function ops_private.gate_named(gate_id uuid) returns ops.release_gates
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate ops.release_gates;
begin
  select g.* into v_gate from ops.release_gates g where g.gate_id = gate_named.gate_id;
  if not found or not ops_private.sees(v_gate.project) then
    perform ops_private.refuse_unseen(
      'gate', v_gate.project, 'ops.promotion_blockers and ops.v_release_gate_summary show the gate_id of each gate');
  end if;
  return v_gate;
end
$$;
comment on function ops_private.gate_named(uuid) is
  'The gate with this id. Raises OPS04 when there is none, or the caller may not act for its project (ops_private.refuse_unseen).';
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
    and (r.judged_until is null or r.judged_until > clock_timestamp()) and ops_private.sees(r.project);
  if v_eligible is null then
    v_release := ops_private.release_named(is_eligible_for_promotion.release_id);
    return ops_private.is_eligible_at(
      v_release, ops_private.environment_named(target_env), ops_private.present(v_release));
  end if;
  return v_eligible;
end
$$;
comment on function ops.is_eligible_for_promotion(uuid, text) is
  'Whether the release may be deployed to dev, staging or production now. A closed release may go nowhere. dev requires nothing else. staging requires G1 and G2, and that nobody objects to the release as a whole. production also requires G3, no target of staging where the newest deployment has failed, and what the policy asks beside the gates. A gate counts when it is passed, or bypassed by an exception that has an effect now. Never null. OPS04: unknown release. 22023: unknown environment.';
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
    select from ops_private.find_production_policy(release, 'blocking', is_eligible_at.now)));
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
  'One row per requirement of a gate: contested reports that stand, then what the policy requires, blocking ones before advisory ones, then objections and the like. Each says what is required, what was found, what to do and who can do it. Without as_of: now. OPS04: unknown gate. 22023: as_of is before the release was opened or in the future.';
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
    -- Staging needs its gates alone, and no objection to the release as a whole. Production needs them too, with the
    -- same findings in the same order.
    if (v_blocker.gate_code = any (ops_private.gates_before('staging'))) is not false then
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
