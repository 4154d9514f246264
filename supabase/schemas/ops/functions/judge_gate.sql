CREATE OR REPLACE FUNCTION ops.judge_gate (
  c     ops.gate_context,
  gates ops.release_gates[],
  place integer
)
  RETURNS ops.gate_verdict
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_gate constant ops.release_gates := gates[place];
  v_verdict ops.gate_verdict;
  v_finding ops.gate_finding;
  v_failed boolean := false;
  v_only_evidence boolean := true;
  v_own text;
  v_wait text;
begin
  c.gate_id := v_gate.gate_id;
  c.gate_code := v_gate.gate_code;
  c.g2_gate_id := (gates[2]).gate_id;
  if c.gate_code = 'G4' then
    c.deployment_id := ops.judged_deployment(c.release_id, c.as_of);
  end if;
  v_verdict.gate_id := c.gate_id;
  v_verdict.gate_code := c.gate_code;
  v_verdict.findings := ops.findings_of(c);
  foreach v_finding in array v_verdict.findings loop
    continue when v_finding.enforcement <> 'blocking' or v_finding.state = 'satisfied';
    v_failed := v_failed or v_finding.state = 'failed';
    v_only_evidence := v_only_evidence and v_finding.kind is not distinct from 'evidence';
    if v_finding.kind = 'prior_gate' then
      v_wait := coalesce(v_wait, format('%s (%s)', v_finding.requirement, v_finding.detail));
    else
      v_own := coalesce(v_own, format('%s (%s)', v_finding.requirement, v_finding.detail));
    end if;
  end loop;
  v_verdict.first_missing := coalesce(v_own, v_wait);
  if v_verdict.first_missing is not null and c.excepted then
    v_verdict.exception_id := ops.covering_exception(c, v_only_evidence);
  end if;
  v_verdict.status := case
    when v_verdict.first_missing is null then 'passed'
    when v_verdict.exception_id is not null then 'bypassed'
    when v_failed then 'failed'
    when c.untouched then 'pending'
    when ops.has_facts(c) then 'in_progress'
    else 'pending'
  end;
  return v_verdict;
end
$function$;

COMMENT ON FUNCTION "ops"."judge_gate"(ops.gate_context, ops.release_gates[], integer) IS 'The verdict on one gate (place 1 is G1) of the release and at the moment of the context, given the statuses of those before it: all blocking findings satisfied: passed; else covered by an exception: bypassed; else any failed: failed; else in_progress with a fact, pending without.';

REVOKE ALL ON FUNCTION "ops"."judge_gate"(ops.gate_context, ops.release_gates[], integer) FROM PUBLIC;
