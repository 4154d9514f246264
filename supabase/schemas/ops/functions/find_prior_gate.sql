CREATE OR REPLACE FUNCTION ops.find_prior_gate (
  prior_statuses ops.ops_gate_status[],
  in_full        boolean,
  INOUT          f ops.gate_finding
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_status constant ops.ops_gate_status := prior_statuses[right(f.subject, 1)::integer];
begin
  f.state := case when v_status in ('passed', 'bypassed') then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return;
  end if;
  f.requirement := format('%s is passed or bypassed', f.subject);
  f.detail := format('%s is %s', f.subject, v_status);
  f.who := ops.gate_owner(f.subject::ops.ops_gate_code);
  f.remedy := format('supply what %s misses', f.subject);
end
$function$;

COMMENT ON FUNCTION "ops"."find_prior_gate"(ops.ops_gate_status[], boolean, ops.gate_finding) IS 'Requirement `prior_gate`: that gate is passed, or bypassed at the moment; otherwise unsatisfied, never failed.';

REVOKE ALL ON FUNCTION "ops"."find_prior_gate"(ops.ops_gate_status[], boolean, ops.gate_finding) FROM PUBLIC;
