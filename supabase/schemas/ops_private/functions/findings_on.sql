-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.findings_on (
  gate           ops.release_gates,
  release        ops.releases,
  targets        ops_private.deployed_target[],
  prior_statuses ops.ops_gate_status[],
  as_of          timestamp with time zone,
  in_full        boolean,
  untouched      boolean,
  contested      ops_private.contested[],
  policy         ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS ops.gate_finding[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_need ops_private.requirements_in_force;
  v_finding ops.gate_finding;
  v_findings ops.gate_finding[] := '{}'::ops.gate_finding[];
  v_facts ops_private.gate_facts := row('{}'::uuid[], '{}'::ops_private.latest_check[],
    '{}'::ops_private.standing_decision[], '{}'::text[], null::text[], null::text);
  v_answered text[] := '{}'::text[];
  v_blocking boolean := false;
begin
  if cardinality(targets) > 0 then
    v_facts.deployments := ops_private.looked_at(targets);
  end if;
  if not untouched then
    v_facts.checks := case
      when gate.gate_code = 'G4' then ops_private.checks_of_deployments(gate, release, v_facts.deployments, as_of)
      else array(select c from ops_private.latest_checks(gate.release_id, gate.gate_id, as_of, release.dismissed) as c)
    end;
    if exists (select from ops.approvals a where a.release_id = gate.release_id and a.gate_id = gate.gate_id) then
      v_facts := ops_private.with_decisions(v_facts, gate, release, as_of, policy);
    end if;
  end if;
  for v_need in
    -- As ops_private.requirements_of, which is not called: that would cost every judging of a gate a function more.
    select n.* from (
      select f.* from ops_private.requirements_in_force f where f.release_id = gate.release_id and policy is null
      union all
      select p.* from unnest(policy) as p
    ) as n
    where n.gate_code = gate.gate_code and n.on_gate and (in_full or n.enforcement = 'blocking')
    order by n.enforcement, n.kind, n.subject
  loop
    if v_need.kind in ('check', 'no_failed_checks') and cardinality(targets) < 2 then
      v_finding := ops_private.find_checks(v_need.kind, v_need.subject, gate.gate_code, v_facts.checks, in_full);
    else
      v_finding := ops_private.find_requirement(
        v_need, gate, release, targets, v_facts, prior_statuses, as_of, in_full, untouched);
    end if;
    v_blocking := v_blocking or v_need.enforcement = 'blocking';
    if v_need.kind = 'approval' then
      if v_need.enforcement = 'blocking' then
        v_answered := v_answered || v_need.subject;
      end if;
      -- Nobody counts twice on a gate, unless policy lets them (one_gate): for the requirements that follow, whoever
      -- approved in this persona does not.
      if v_facts.decisions <> '{}' then
        v_facts.barred := v_facts.barred || ops_private.approvers_as(v_facts.decisions, array[v_need.subject]);
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
  if v_facts.decisions <> '{}' or release.has_artifacts or release.dismissed or contested <> '{}' or not v_blocking then
    return ops_private.with_findings_beside_policy(
      v_findings, gate, release, v_facts.decisions, v_answered, v_blocking, as_of, in_full, contested);
  end if;
  return v_findings;
end
$function$;

COMMENT ON FUNCTION "ops_private"."findings_on"(ops.release_gates, ops.releases, ops_private.deployed_target[], ops.ops_gate_status[], timestamp
  with time zone, boolean, boolean, ops_private.contested[], ops_private.requirements_in_force[]) IS 'The findings on one gate at a moment. First the contested reports, then the requirements of the policy in force for the release, blocking ones before advisory ones, then what the policy need not ask for (ops_private.with_findings_beside_policy). release: the release of the gate. targets: what G4 looks at (ops_private.targets_at). prior_statuses: the verdicts on the gates before it. untouched: the gate is known to have no facts. contested: the contested reports that stand. in_full: also advisory and satisfied findings; without it, an empty result means passed.';

REVOKE ALL
  ON FUNCTION "ops_private"."findings_on"(ops.release_gates, ops.releases, ops_private.deployed_target[], ops.ops_gate_status[], timestamp
    WITH time zone, boolean, boolean, ops_private.contested[], ops_private.requirements_in_force[])
  FROM PUBLIC;
