-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.findings_on (
  gate           ops.release_gates,
  release        ops.releases,
  targets        ops_private.deployed_target[],
  prior_statuses ops.ops_gate_status[],
  as_of          timestamp with time zone,
  in_full        boolean,
  untouched      boolean,
  contested      ops_private.contested[]
)
  RETURNS ops.gate_finding[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_need record;
  v_finding ops.gate_finding;
  v_findings ops.gate_finding[] := '{}';
  v_deployments uuid[] := '{}';
  v_checks ops_private.latest_check[] := '{}';
  v_decisions ops_private.standing_decision[] := '{}';
  v_lower_approvers text[] := '{}';
  v_digest text;
  v_answered text[] := '{}';
  v_blocking boolean := false;
  v_decided boolean := false;
begin
  if cardinality(targets) > 0 then
    v_deployments := ops_private.looked_at(targets);
  end if;
  if not untouched then
    -- Only deployments are rolled back, and only G4 has their checks.
    if gate.gate_code = 'G4' then
      v_checks := array(
        select c from ops_private.counted_checks(gate.release_id, gate.gate_id, as_of, release.dismissed) as c
        where c.deployment_id is null or c.deployment_id = any (v_deployments));
    else
      v_checks := array(
        select c from ops_private.latest_checks(gate.release_id, gate.gate_id, as_of, release.dismissed) as c);
    end if;
    v_decided := exists (
      select from ops.approvals a where a.release_id = gate.release_id and a.gate_id = gate.gate_id);
  end if;
  if v_decided then
    v_decisions := array(
      select d from ops_private.standing_decisions(
        gate.release_id, gate.gate_id, as_of, dismissed => release.dismissed) as d);
    v_lower_approvers := ops_private.lower_approvers(gate, as_of);
    if release.has_artifacts then
      v_digest := ops_private.artifacts_digest(gate.release_id, as_of);
    end if;
  end if;
  for v_need in
    select n.* from ops_private.requirements_in_force n
    where n.release_id = gate.release_id and n.gate_code = gate.gate_code and n.kind <= 'deployment_health'
      and (in_full or n.enforcement = 'blocking')
    order by n.enforcement, n.kind, n.subject
  loop
    v_blocking := v_blocking or v_need.enforcement = 'blocking';
    if v_need.kind in ('check', 'no_failed_checks') and cardinality(targets) < 2 then
      v_finding := ops_private.find_checks(v_need.kind, v_need.subject, gate.gate_code, v_checks, in_full);
    elsif v_need.kind in ('check', 'no_failed_checks') then
      v_finding := ops_private.find_checks_on_targets(
        v_need.kind, v_need.subject, gate.gate_code, v_checks, targets, in_full);
    elsif v_need.kind = 'prior_gate' then
      v_finding := ops_private.find_prior_gate(v_need.subject, prior_statuses, in_full);
    elsif v_need.kind = 'evidence' then
      v_finding := ops_private.find_evidence(
        v_need.subject, v_need.min_count, v_need.require_hash, gate, v_deployments,
        as_of - make_interval(secs => v_need.valid_for), as_of, v_decisions, v_digest, in_full, untouched);
    elsif v_need.kind = 'deployment_health' then
      v_finding := ops_private.find_deployment_health(targets, in_full);
    else
      v_finding := ops_private.find_approval(v_need.subject, v_need.min_count, gate.gate_code, v_decisions,
        case when v_need.separation_of_duties then array[release.initiating_actor] || v_lower_approvers end,
        case when release.dismissed then ops_private.dismissers(release.release_id, as_of) end,
        v_digest, as_of - make_interval(secs => v_need.valid_for), in_full);
      if v_need.enforcement = 'blocking' then
        v_answered := v_answered || v_need.subject;
      end if;
    end if;
    continue when v_finding.state is null;
    v_finding.gate_id := gate.gate_id;
    v_finding.gate_code := gate.gate_code;
    v_finding.kind := v_need.kind;
    v_finding.subject := v_need.subject;
    v_finding.enforcement := v_need.enforcement;
    v_findings := v_findings || v_finding;
  end loop;
  if v_decisions <> '{}' then
    v_findings := v_findings || array(select f from ops_private.find_objections(gate, v_decisions, v_answered) as f);
  end if;
  if release.has_artifacts and gate.gate_code = 'G1' then
    v_findings := v_findings || array(select f from ops_private.find_artifact_conflicts(gate, as_of) as f);
  end if;
  if not v_blocking then
    v_findings := v_findings || ops_private.find_no_policy(gate);
  end if;
  if in_full and release.dismissed then
    v_findings := v_findings || array(
      select f from ops_private.find_dismissed(release, as_of) as f where f.gate_id = gate.gate_id);
  end if;
  if contested <> '{}' then
    -- They come first: nothing else heals the gate while one stands.
    v_findings := array(
      select ops_private.find_contested(c) from unnest(contested) as c
      where c.on_gate and c.gate_code = gate.gate_code
    ) || v_findings;
  end if;
  return v_findings;
end
$function$;

COMMENT ON FUNCTION "ops_private"."findings_on"(ops.release_gates, ops.releases, ops_private.deployed_target[], ops.ops_gate_status[], timestamp
  with time zone, boolean, boolean, ops_private.contested[]) IS 'The findings on one gate at a moment, by the policy in force for the release; blocking ones first. release: the release of the gate. targets: what G4 looks at (ops_private.targets_at). prior_statuses: the verdicts on the gates before it. untouched: the gate is known to have no facts. contested: the contested reports that stand. in_full: also advisory and satisfied findings; without it, an empty result means passed.';

REVOKE ALL
  ON FUNCTION "ops_private"."findings_on"(ops.release_gates, ops.releases, ops_private.deployed_target[], ops.ops_gate_status[], timestamp
    WITH time zone, boolean, boolean, ops_private.contested[])
  FROM PUBLIC;
