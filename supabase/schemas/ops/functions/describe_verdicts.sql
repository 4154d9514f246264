CREATE OR REPLACE FUNCTION ops.describe_verdicts (
  release_id uuid,
  touched    ops.ops_gate_code,
  before     ops.release_gates[],
  after      ops.release_verdict
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_verdict ops.gate_verdict;
  v_finding ops.gate_finding;
  v_before ops.ops_gate_status;
  v_change jsonb;
  v_gate jsonb;
  v_missing jsonb := '[]';
  v_moved jsonb := '[]';
begin
  foreach v_verdict in array after.gates loop
    v_before := before[right(v_verdict.gate_code::text, 1)::integer].status;
    v_change := jsonb_build_object(
      'gate_code', v_verdict.gate_code, 'status_before', v_before, 'status_after', v_verdict.status);
    if v_verdict.status <> v_before then
      v_moved := v_moved || v_change;
    end if;
    if v_verdict.gate_code = touched then
      if v_verdict.first_missing is not null then
        foreach v_finding in array v_verdict.findings loop
          if v_finding.enforcement = 'blocking' and v_finding.state <> 'satisfied' then
            v_missing := v_missing || (to_jsonb(v_finding) - array['gate_id', 'gate_code']);
          end if;
        end loop;
      end if;
      v_gate := v_change || jsonb_build_object('gate_id', v_verdict.gate_id, 'missing', v_missing);
    end if;
  end loop;
  return jsonb_build_object(
    'gate', v_gate, 'moved', v_moved, 'release_id', release_id, 'release_status', after.release_status);
end
$function$;

COMMENT ON FUNCTION "ops"."describe_verdicts"(uuid, ops.ops_gate_code, ops.release_gates[], ops.release_verdict) IS 'What an event did to a release: its status, the touched gate with its status before and after and what is still missing, and every gate that moved.';

REVOKE ALL ON FUNCTION "ops"."describe_verdicts"(uuid, ops.ops_gate_code, ops.release_gates[], ops.release_verdict) FROM PUBLIC;
