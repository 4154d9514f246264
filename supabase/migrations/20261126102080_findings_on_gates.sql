-- What the facts on a gate are, what each requirement of its policy finds in them, and what is found without a policy.

create function ops_private.looked_at(targets ops_private.deployed_target[]) returns uuid[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(select t.deployment_id from unnest(targets) as t where not t.retired);
end
$$;
comment on function ops_private.looked_at(ops_private.deployed_target[]) is
  'The newest deployment of each target that was not taken out.';
revoke execute on function ops_private.looked_at(ops_private.deployed_target[]) from public;

create type ops_private.gate_facts as (
  deployments uuid[],
  checks ops_private.latest_check[],
  decisions ops_private.standing_decision[],
  barred text[],
  dismissers text[],
  digest text
);
comment on type ops_private.gate_facts is
  'The facts on a gate at a moment. deployments: those that G4 looks at. checks: those that count. decisions: those that stand. barred: who also approves another gate before it, or this one in another role; where policy says one_gate, their approval of the gate does not count. dismissers: whose approval does not count, because they dismissed a stop; null where nothing was dismissed. digest: of the artifacts on record. All but deployments and checks are empty while nobody decided on the gate.';

create function ops_private.checks_of_deployments(
  gate ops.release_gates, release ops.releases, deployments uuid[], as_of timestamptz
) returns ops_private.latest_check[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select c
    from ops_private.counted_checks(
      gate.release_id, gate.gate_id, checks_of_deployments.as_of, release.dismissed) as c
    where c.deployment_id is null or c.deployment_id = any (deployments)
  );
end
$$;
comment on function ops_private.checks_of_deployments(ops.release_gates, ops.releases, uuid[], timestamptz) is
  'The checks on G4 that count at a moment, of these deployments. Only deployments are rolled back, and only G4 has their checks.';
revoke execute on function ops_private.checks_of_deployments(
  ops.release_gates, ops.releases, uuid[], timestamptz
) from public;

create function ops_private.with_decisions(
  facts ops_private.gate_facts, gate ops.release_gates, release ops.releases, as_of timestamptz,
  policy ops_private.requirements_in_force[] default null
) returns ops_private.gate_facts
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_unmet constant jsonb := ops_private.unmet_by_policy(gate.release_id, policy);
begin
  facts.decisions := array(
    select d from ops_private.standing_decisions(
      gate.release_id, gate.gate_id, with_decisions.as_of, dismissed => release.dismissed, unmet => v_unmet) as d);
  facts.barred := ops_private.lower_approvers(gate, as_of, v_unmet);
  if release.dismissed then
    facts.dismissers := ops_private.dismissers(release.release_id, as_of);
  end if;
  if release.has_artifacts then
    facts.digest := ops_private.artifacts_digest(gate.release_id, as_of);
  end if;
  return facts;
end
$$;
comment on function ops_private.with_decisions(
  ops_private.gate_facts, ops.release_gates, ops.releases, timestamptz, ops_private.requirements_in_force[]
) is
  'The facts on a gate with the decisions on it, and all by which a decision counts or does not. Ask only when somebody decided on the gate.';
revoke execute on function ops_private.with_decisions(
  ops_private.gate_facts, ops.release_gates, ops.releases, timestamptz, ops_private.requirements_in_force[]
) from public;

create function ops_private.with_who_can_mend(
  finding ops.gate_finding, need ops_private.requirements_in_force, release ops.releases, approved text[],
  as_of timestamptz
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_left constant integer := ops_private.could_approve(
    (need.asked).approvers, approved, need.subject, release.project,
    case when need.not_initiator then release.initiating_actor end, as_of);
begin
  if v_left < need.min_count then
    finding.remedy := format(
      'policy names who approves, and needs %s of them: only %s approved or hold the role %s; grant it to another of them, or set another policy and open the release under a new name',
      need.min_count, v_left, need.subject);
    finding.who := 'service_role';
  end if;
  return finding;
end
$$;
comment on function ops_private.with_who_can_mend(
  ops.gate_finding, ops_private.requirements_in_force, ops.releases, text[], timestamptz
) is
  'The finding that approvals of named people are missing: when too few of them approved, or hold the persona in the project at that moment, its remedy says so, and who can mend it. approved: whose approval counts. An exception asks for the same people.';
revoke execute on function ops_private.with_who_can_mend(
  ops.gate_finding, ops_private.requirements_in_force, ops.releases, text[], timestamptz
) from public;

create function ops_private.find_requirement(
  need ops_private.requirements_in_force, gate ops.release_gates, release ops.releases,
  targets ops_private.deployed_target[], facts ops_private.gate_facts, prior_statuses ops.ops_gate_status[],
  as_of timestamptz, in_full boolean, untouched boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_lapsed_until constant timestamptz := as_of - make_interval(secs => need.valid_for);
  v_initiator constant text := case when need.not_initiator then release.initiating_actor end;
  v_barred constant text[] := case when need.one_gate then facts.barred end;
  v_finding ops.gate_finding;
begin
  v_finding := case need.kind
    when 'prior_gate' then ops_private.find_prior_gate(need.subject, prior_statuses, in_full)
    when 'approval' then ops_private.find_approval(
      need.subject, need.min_count, need.asked, gate.gate_code,
      case when (need.asked).own_token or (need.asked).aal2
        then ops_private.with_later_approvals(facts.decisions, facts.digest, as_of) else facts.decisions end,
      v_initiator, v_barred, facts.dismissers, facts.digest, v_lapsed_until, in_full)
    when 'evidence' then ops_private.find_evidence(
      need.subject, need.min_count, need.require_hash, gate, facts.deployments, v_lapsed_until, as_of, facts.decisions,
      facts.digest, in_full, untouched)
    when 'deployment_health' then ops_private.find_deployment_health(targets, in_full)
    else ops_private.find_checks_on_targets(
      need.kind, need.subject, gate.gate_code, facts.checks, targets, in_full)
  end;
  if (need.asked).approvers is not null and v_finding.state = 'unsatisfied' and need.kind = 'approval' and not exists (
    select from unnest(facts.decisions) as d where d.persona_role::text = need.subject and d.decision <> 'approved'
  ) then
    return ops_private.with_who_can_mend(
      v_finding, need, release, array(
        select d.approver_id from unnest(facts.decisions) as d
        where d.persona_role::text = need.subject and ops_private.why_uncounted(
          d, v_initiator, v_barred, facts.dismissers, facts.digest, v_lapsed_until) is null
      ), as_of);
  end if;
  return v_finding;
end
$$;
comment on function ops_private.find_requirement(
  ops_private.requirements_in_force, ops.release_gates, ops.releases, ops_private.deployed_target[],
  ops_private.gate_facts, ops.ops_gate_status[], timestamptz, boolean, boolean
) is
  'The finding on one requirement of a gate, by the function for its kind. Null when it is satisfied, unless in_full.';
revoke execute on function ops_private.find_requirement(
  ops_private.requirements_in_force, ops.release_gates, ops.releases, ops_private.deployed_target[],
  ops_private.gate_facts, ops.ops_gate_status[], timestamptz, boolean, boolean
) from public;

create function ops_private.with_findings_beside_policy(
  findings ops.gate_finding[], gate ops.release_gates, release ops.releases,
  decisions ops_private.standing_decision[], answered text[], blocking boolean, as_of timestamptz, in_full boolean,
  contested ops_private.contested[]
) returns ops.gate_finding[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if decisions <> '{}' then
    findings := findings || array(select f from ops_private.find_objections(gate, decisions, answered) as f);
  end if;
  if release.has_artifacts and gate.gate_code = 'G1' then
    findings := findings || array(select f from ops_private.find_artifact_conflicts(gate, as_of) as f);
  end if;
  if not blocking then
    findings := findings || ops_private.find_no_policy(gate);
  end if;
  if in_full and release.dismissed then
    findings := findings || array(
      select f from ops_private.find_dismissed(release, as_of) as f where f.gate_id = gate.gate_id);
  end if;
  if contested <> '{}' then
    -- They come first: nothing else heals the gate while one stands.
    findings := array(
      select ops_private.find_contested(c, as_of) from unnest(contested) as c
      where c.on_gate and c.gate_code = gate.gate_code
    ) || findings;
  end if;
  return findings;
end
$$;
comment on function ops_private.with_findings_beside_policy(
  ops.gate_finding[], ops.release_gates, ops.releases, ops_private.standing_decision[], text[], boolean, timestamptz,
  boolean, ops_private.contested[]
) is
  'The findings on the requirements of a gate, and beside them what no policy need ask for. Before them: contested reports that stand. After them: objections, artifacts with several hashes, that the policy has no blocking requirement, and (in_full) what was dismissed. answered: personas whose decision a blocking requirement asks for. blocking: whether there is a blocking requirement.';
revoke execute on function ops_private.with_findings_beside_policy(
  ops.gate_finding[], ops.release_gates, ops.releases, ops_private.standing_decision[], text[], boolean, timestamptz,
  boolean, ops_private.contested[]
) from public;

create function ops_private.is_signed_off(release_id uuid, gate_code ops.ops_gate_code) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from ops.release_gates g
    join ops.approvals a on a.release_id = g.release_id and a.gate_id = g.gate_id
    where g.release_id = is_signed_off.release_id and g.gate_code = is_signed_off.gate_code
  );
end
$$;
comment on function ops_private.is_signed_off(uuid, ops.ops_gate_code) is
  'Whether anybody ever decided on a gate of a release.';
revoke execute on function ops_private.is_signed_off(uuid, ops.ops_gate_code) from public;
