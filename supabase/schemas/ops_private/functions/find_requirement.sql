-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_requirement (
  need           ops_private.requirements_in_force,
  gate           ops.release_gates,
  release        ops.releases,
  targets        ops_private.deployed_target[],
  facts          ops_private.gate_facts,
  prior_statuses ops.ops_gate_status[],
  as_of          timestamp with time zone,
  in_full        boolean,
  untouched      boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION
  "ops_private"."find_requirement"(ops_private.requirements_in_force, ops.release_gates, ops.releases, ops_private.deployed_target[], ops_private.gate_facts, ops.ops_gate_status[],
  timestamp with time zone, boolean, boolean) IS 'The finding on one requirement of a gate, by the function for its kind. Null when it is satisfied, unless in_full.';

REVOKE ALL
  ON FUNCTION
    "ops_private"."find_requirement"(ops_private.requirements_in_force, ops.release_gates, ops.releases, ops_private.deployed_target[], ops_private.gate_facts,
    ops.ops_gate_status[], timestamp WITH time zone, boolean, boolean)
  FROM PUBLIC;
