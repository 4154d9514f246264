-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_approval (
  subject      text,
  min_count    integer,
  gate_code    ops.ops_gate_code,
  decisions    ops_private.standing_decision[],
  barred       text[],
  dismissers   text[],
  digest       text,
  lapsed_until timestamp with time zone,
  in_full      boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  f ops.gate_finding;
  v_decision ops_private.standing_decision;
  v_uncounted text;
  v_rejected text;
  v_changes text;
  v_initiator boolean := false;
  v_joined text;
  v_dismissed text;
  v_lapsed text;
  v_earlier text;
  v_counted integer := 0;
begin
  foreach v_decision in array decisions loop
    continue when v_decision.persona_role::text <> subject;
    v_uncounted := ops_private.why_uncounted(v_decision, barred, dismissers, digest, lapsed_until);
    if v_decision.decision = 'rejected' then
      v_rejected := concat_ws(', ', v_rejected, v_decision.approver_id);
    elsif v_decision.decision = 'request_changes' then
      v_changes := concat_ws(', ', v_changes, v_decision.approver_id);
    elsif v_uncounted = 'initiator' then
      v_initiator := true;
    elsif v_uncounted = 'lower_approver' then
      v_joined := concat_ws(', ', v_joined, v_decision.approver_id);
    elsif v_uncounted = 'dismisser' then
      v_dismissed := concat_ws(', ', v_dismissed, v_decision.approver_id);
    elsif v_uncounted = 'earlier_build' then
      v_earlier := concat_ws(', ', v_earlier, v_decision.approver_id);
    elsif v_uncounted = 'lapsed' then
      v_lapsed := concat_ws(', ', v_lapsed, v_decision.approver_id);
    else
      v_counted := v_counted + 1;
    end if;
  end loop;
  f.state := case when v_rejected is not null then 'failed'
    when v_changes is null and v_counted >= min_count then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := case min_count when 1 then format('approved by a %s', subject)
    else format('approved by %s people as %s', min_count, subject) end;
  f.detail := case when v_rejected is not null then format('rejected by %s', v_rejected)
    when v_changes is not null then format('changes requested by %s', v_changes)
    else format('%s of %s approvals', v_counted, min_count) end
    || case when v_initiator then '; the initiator''s own approval does not count' else '' end
    || coalesce('; does not count, because they also approved an earlier gate, or this one in another role: ' || v_joined, '')
    || coalesce('; does not count, because they dismissed a stop of the release: ' || v_dismissed, '')
    || coalesce('; does not count, because they approved an earlier build: ' || v_earlier, '')
    || coalesce('; does not count any more, because the policy limits its time: ' || v_lapsed, '');
  f.who := subject;
  f.remedy := case when v_rejected is not null or v_changes is not null
    then 'resolve the objection, then ask the same person to decide again, or dismiss it if they left'
    else format('ask a %s other than the initiator to sign off %s', subject, gate_code) end;
  return f;
end
$function$;

COMMENT ON FUNCTION "ops_private"."find_approval"(text, integer, ops.ops_gate_code, ops_private.standing_decision[], text[], text[], text, timestamp
  with time zone, boolean) IS 'Finding on a requirement `approval`: enough approvals must count, and no rejection or request for changes in the persona may stand. barred: the initiator first, then the approvers of earlier gates; their approvals do not count. Null when the policy switches separation of duties off. dismissers: those who dismissed something of the release; their approvals do not count. digest: of the artifacts on record; approvals of others do not count. lapsed_until: approvals recorded until then no longer count; null without limit.';

REVOKE ALL
  ON FUNCTION "ops_private"."find_approval"(text, integer, ops.ops_gate_code, ops_private.standing_decision[], text[], text[], text, timestamp WITH time zone, boolean)
  FROM PUBLIC;
