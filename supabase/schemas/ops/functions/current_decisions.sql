CREATE OR REPLACE FUNCTION ops.current_decisions (
  release_id uuid,
  gate_id    uuid,
  as_of      timestamp with time zone
)
  RETURNS ops.current_decision[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return array(
    select row(latest.approver_id, latest.persona_role, latest.decision)::ops.current_decision
    from (
      select distinct on (a.persona_role, a.approver_id) a.approver_id, a.persona_role, a.decision
      from ops.approvals a
      where a.release_id = current_decisions.release_id and a.gate_id = current_decisions.gate_id
        and a.created_at <= current_decisions.as_of
      order by
        a.persona_role, a.approver_id, a.observed_at desc,
        case a.decision when 'rejected' then 0 when 'request_changes' then 1 else 2 end
    ) as latest
  );
end
$function$;

COMMENT ON FUNCTION "ops"."current_decisions"(uuid, uuid, timestamp with time zone) IS 'The decisions on a gate that stand at a moment: the latest per approver and persona, a tie goes to the worse.';

REVOKE ALL ON FUNCTION "ops"."current_decisions"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
