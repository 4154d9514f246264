CREATE OR REPLACE FUNCTION ops.refresh_release (
  release_id uuid,
  touched    ops.ops_gate_code
)
  RETURNS ops.gate_verdict[]
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_release ops.releases;
  v_gates constant ops.release_gates[] := ops.gates_of(refresh_release.release_id);
  v_gate ops.release_gates;
  v_statuses ops.ops_gate_status[] := '{}';
  v_moved ops.ops_gate_code[] := '{}';
  v_verdict ops.gate_verdict;
  v_verdicts ops.gate_verdict[] := '{}';
  v_now constant timestamptz := clock_timestamp();
  -- With an exception around, time may have changed any gate.
  v_all constant boolean := exists (select from ops.exceptions x where x.release_id = refresh_release.release_id);
begin
  select r.* into v_release from ops.releases r where r.release_id = refresh_release.release_id;
  for v_place in 1 .. 4 loop
    v_gate := v_gates[v_place];
    -- Besides its own facts a gate depends on those it waits for, and G3 on who approved G2.
    if v_all or v_gate.gate_code = touched or (v_gate.gate_code = 'G3' and touched = 'G2')
      or ops.waits_on(v_gate.gate_code, v_moved) then
      v_verdict := ops.judge_next(v_release, v_gates, v_place, v_statuses, v_now);
      v_verdicts := v_verdicts || v_verdict;
      if (v_verdict.status, v_verdict.exception_id, v_verdict.first_missing)
        is distinct from (v_gate.status, v_gate.exception_id, v_gate.first_missing) then
        update ops.release_gates g
        set status = v_verdict.status, exception_id = v_verdict.exception_id, first_missing = v_verdict.first_missing
        where g.gate_id = v_verdict.gate_id;
      end if;
      if v_verdict.status <> v_gate.status then
        v_moved := v_moved || v_gate.gate_code;
      end if;
      v_statuses := v_statuses || v_verdict.status;
    else
      v_statuses := v_statuses || v_gate.status;
    end if;
  end loop;
  perform ops.refresh_release_status(v_release);
  return v_verdicts;
end
$function$;

COMMENT ON FUNCTION "ops"."refresh_release"(uuid, ops.ops_gate_code) IS 'Judges the gate that a fact touched, and those that depend on what it moved, stores what changed, and returns the verdicts. The caller holds the release''s lock.';

REVOKE ALL ON FUNCTION "ops"."refresh_release"(uuid, ops.ops_gate_code) FROM PUBLIC;
