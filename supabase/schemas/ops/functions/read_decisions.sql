CREATE OR REPLACE FUNCTION ops.read_decisions (
  INOUT c ops.gate_context
)
  RETURNS ops.gate_context
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  c.decisions := case when c.untouched then '{}' else ops.current_decisions(c.release_id, c.gate_id, c.as_of) end;
  c.g2_approvers := '{}';
  if c.gate_code = 'G3' and c.decisions <> '{}' then
    c.g2_approvers := array(
      select d.approver_id from unnest(ops.current_decisions(c.release_id, c.g2_gate_id, c.as_of)) as d
      where d.decision = 'approved'
    );
  end if;
end
$function$;

COMMENT ON FUNCTION "ops"."read_decisions"(ops.gate_context) IS 'The context with the decisions that stand on its gate, and, on G3 when there are any, with who approved G2.';

REVOKE ALL ON FUNCTION "ops"."read_decisions"(ops.gate_context) FROM PUBLIC;
