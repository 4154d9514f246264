CREATE OR REPLACE FUNCTION ops.describe_verdicts (
  touched  ops.ops_gate_code,
  before   ops.release_gates[],
  verdicts ops.gate_verdict[]
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return jsonb_build_object(
    'gate', (
      select jsonb_build_object(
        'gate_id', v.gate_id, 'gate_code', v.gate_code, 'status_before', b.status, 'status_after', v.status,
        'missing', array(
          select to_jsonb(f) - array['gate_id', 'gate_code'] from unnest(v.findings) as f
          where f.enforcement = 'blocking' and f.state <> 'satisfied'))
      from unnest(verdicts) as v join unnest(before) as b using (gate_id) where v.gate_code = touched
    ),
    'moved', coalesce((
      select jsonb_agg(
        jsonb_build_object('gate_code', v.gate_code, 'status_before', b.status, 'status_after', v.status)
        order by v.gate_code
      )
      from unnest(verdicts) as v join unnest(before) as b using (gate_id) where v.status <> b.status
    ), '[]')
  );
end
$function$;

COMMENT ON FUNCTION "ops"."describe_verdicts"(ops.ops_gate_code, ops.release_gates[], ops.gate_verdict[]) IS 'What an event did to the gates: the touched one with its status before and after and what is still missing, and every gate that moved.';

REVOKE ALL ON FUNCTION "ops"."describe_verdicts"(ops.ops_gate_code, ops.release_gates[], ops.gate_verdict[]) FROM PUBLIC;
