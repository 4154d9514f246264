CREATE OR REPLACE FUNCTION ops.judge_next (
  release        ops.releases,
  gates          ops.release_gates[],
  place          integer,
  prior_statuses ops.ops_gate_status[],
  as_of          timestamp with time zone
)
  RETURNS ops.gate_verdict
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_gate constant ops.release_gates := gates[place];
  c ops.gate_context;
begin
  c.release_id := release.release_id;
  c.initiating_actor := release.initiating_actor;
  c.gate_id := v_gate.gate_id;
  c.gate_code := v_gate.gate_code;
  c.as_of := judge_next.as_of;
  c.prior_statuses := judge_next.prior_statuses;
  c.decisions := array(select d from ops.current_decisions(c.release_id, c.gate_id, c.as_of) as d);
  c.g2_approvers := '{}';
  if v_gate.gate_code = 'G3' then
    c.g2_approvers := array(
      select d.approver_id from ops.current_decisions(c.release_id, (gates[2]).gate_id, c.as_of) as d
      where d.decision = 'approved'
    );
  elsif v_gate.gate_code = 'G4' then
    c.deployment_id := ops.judged_deployment(c.release_id, c.as_of);
  end if;
  return ops.judge_gate(c, release.project, release.created_at);
end
$function$;

COMMENT ON FUNCTION "ops"."judge_next"(ops.releases, ops.release_gates[], integer, ops.ops_gate_status[], timestamp with time zone) IS 'The verdict on one gate of a release at a moment (place 1 is G1), given the statuses of those before it.';

REVOKE ALL ON FUNCTION "ops"."judge_next"(ops.releases, ops.release_gates[], integer, ops.ops_gate_status[], timestamp WITH time zone) FROM PUBLIC;
