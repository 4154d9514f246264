-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_approval (
  subject      text,
  min_count    integer,
  asked        ops_private.approval_conditions,
  gate_code    ops.ops_gate_code,
  decisions    ops_private.standing_decision[],
  initiator    text,
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
  v_told constant ops_private.told_approvals := ops_private.told_by_decisions(
    subject, decisions, initiator, barred, dismissers, digest, lapsed_until);
begin
  f.state := case when v_told.rejected is not null then 'failed'::ops.ops_finding_state
    when v_told.changes is null and v_told.counted >= min_count then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := case min_count when 1 then format('approved by a %s', subject)
    else format('approved by %s people as %s', min_count, subject) end;
  f.detail := case when v_told.rejected is not null then format('rejected by %s', v_told.rejected)
    when v_told.changes is not null then format('changes requested by %s', v_told.changes)
    else format('%s of %s approvals', v_told.counted, min_count) end || v_told.uncounted;
  f.who := subject;
  f.remedy := case when v_told.rejected is not null or v_told.changes is not null
    then 'resolve the objection, then ask the same person to decide again, or dismiss it if they left'
    else format('ask a %s%s to sign off %s', subject,
      case when initiator is not null then ' other than the initiator' end, gate_code) end;
  if asked.own_token is not null then
    f.requirement := f.requirement || ops_private.conditions_in_words(asked);
    f.remedy := f.remedy || ops_private.conditions_in_words(asked);
  end if;
  return f;
end
$function$;

COMMENT ON FUNCTION
  "ops_private"."find_approval"(text, integer, ops_private.approval_conditions, ops.ops_gate_code, ops_private.standing_decision[], text, text[], text[], text, timestamp
  with time zone, boolean) IS 'Finding on a requirement `approval`: enough approvals must count, and no rejection or request for changes in the persona may stand. asked: what policy asks of each approval; those that do not meet it do not count. initiator: their approval does not count; null when policy lets it count. barred: who also approved an earlier gate, or this one in another persona; their approvals do not count. Null when policy lets them count. dismissers: those who dismissed something of the release; their approvals do not count. digest: of the artifacts on record; approvals of others do not count. lapsed_until: approvals recorded until then no longer count; null without limit.';

REVOKE ALL
  ON FUNCTION
    "ops_private"."find_approval"(text, integer, ops_private.approval_conditions, ops.ops_gate_code, ops_private.standing_decision[], text, text[], text[], text, timestamp
    WITH time zone, boolean)
  FROM PUBLIC;
