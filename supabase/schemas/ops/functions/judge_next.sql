CREATE OR REPLACE FUNCTION ops.judge_next (
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
begin
  c.gate_id := v_gate.gate_id;
  c.gate_code := v_gate.gate_code;
  c.decisions := case when c.untouched then '{}' else ops.current_decisions(c.release_id, c.gate_id, c.as_of) end;
  c.g2_approvers := '{}';
  if c.gate_code = 'G3' and c.decisions <> '{}' then
    c.g2_approvers := array(
      select d.approver_id from unnest(ops.current_decisions(c.release_id, (gates[2]).gate_id, c.as_of)) as d
      where d.decision = 'approved'
    );
  elsif c.gate_code = 'G4' then
    c.deployment_id := ops.judged_deployment(c.release_id, c.as_of);
  end if;
  return ops.judge_gate(c);
end
$function$;

COMMENT ON FUNCTION "ops"."judge_next"(ops.gate_context, ops.release_gates[], integer) IS 'The verdict on one gate (place 1 is G1) of the release and at the moment of the context, given the statuses of those before it.';

REVOKE ALL ON FUNCTION "ops"."judge_next"(ops.gate_context, ops.release_gates[], integer) FROM PUBLIC;
