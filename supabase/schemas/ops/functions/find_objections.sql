CREATE OR REPLACE FUNCTION ops.find_objections (
  c        ops.gate_context,
  answered text[]
)
  RETURNS ops.gate_finding[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_decision ops.current_decision;
  v_objected boolean := false;
begin
  foreach v_decision in array c.decisions loop
    v_objected := v_objected or v_decision.decision <> 'approved';
  end loop;
  if not v_objected then
    return '{}';
  end if;
  return array(
    select row(
      c.gate_id, c.gate_code, format('no objection by a %s', d.persona_role), 'approval'::ops.ops_requirement_kind,
      d.persona_role::text, 'blocking'::ops.ops_enforcement,
      case when bool_or(d.decision = 'rejected') then 'failed' else 'unsatisfied' end::ops.ops_finding_state,
      format('%s by %s', case when bool_or(d.decision = 'rejected') then 'rejected' else 'changes requested' end,
        string_agg(d.approver_id, ', ' order by d.approver_id)),
      'answer the objection, then ask the same person to decide again', d.persona_role::text
    )::ops.gate_finding
    from unnest(c.decisions) as d
    where d.decision <> 'approved' and d.persona_role::text <> all (answered)
    group by d.persona_role
    order by d.persona_role
  );
end
$function$;

COMMENT ON FUNCTION "ops"."find_objections"(ops.gate_context, text[]) IS 'A rejection or a request for changes counts on every gate, also in a persona whose approval no requirement asks for: one finding per such persona.';

REVOKE ALL ON FUNCTION "ops"."find_objections"(ops.gate_context, text[]) FROM PUBLIC;
