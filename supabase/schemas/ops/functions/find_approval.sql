CREATE OR REPLACE FUNCTION ops.find_approval (
  c                    ops.gate_context,
  subject              text,
  min_count            integer,
  separation_of_duties boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  f ops.gate_finding;
  v_decision ops.current_decision;
  v_rejected text;
  v_changes text;
  v_initiator boolean := false;
  v_joined text;
  v_counted integer := 0;
begin
  foreach v_decision in array c.decisions loop
    continue when v_decision.persona_role::text <> subject;
    if v_decision.decision = 'rejected' then
      v_rejected := concat_ws(', ', v_rejected, v_decision.approver_id);
    elsif v_decision.decision = 'request_changes' then
      v_changes := concat_ws(', ', v_changes, v_decision.approver_id);
    elsif separation_of_duties and v_decision.approver_id = c.initiating_actor then
      v_initiator := true;
    elsif separation_of_duties and v_decision.approver_id = any (c.g2_approvers) then
      v_joined := concat_ws(', ', v_joined, v_decision.approver_id);
    else
      v_counted := v_counted + 1;
    end if;
  end loop;
  f.state := case when v_rejected is not null then 'failed'
    when v_changes is null and v_counted >= min_count then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not c.in_full then
    return null;
  end if;
  f.requirement := case min_count when 1 then format('approved by a %s', subject)
    else format('approved by %s people as %s', min_count, subject) end;
  f.detail := case when v_rejected is not null then format('rejected by %s', v_rejected)
    when v_changes is not null then format('changes requested by %s', v_changes)
    else format('%s of %s approvals', v_counted, min_count) end
    || case when v_initiator then '; the initiator''s own approval does not count' else '' end
    || coalesce('; approved G2 as well, so does not count: ' || v_joined, '');
  f.who := subject;
  f.remedy := case when v_rejected is not null or v_changes is not null
    then 'answer the objection, then ask the same person to decide again'
    else format('ask a %s other than the initiator to sign off %s', subject, c.gate_code) end;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops"."find_approval"(ops.gate_context, text, integer, boolean) IS 'Requirement `approval`: no standing rejection or request for changes in the persona, and enough approvals by people who may count: not the initiator''s, and at G3 not by an approver of G2.';

REVOKE ALL ON FUNCTION "ops"."find_approval"(ops.gate_context, text, integer, boolean) FROM PUBLIC;
