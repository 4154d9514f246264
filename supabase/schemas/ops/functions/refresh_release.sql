CREATE OR REPLACE FUNCTION ops.refresh_release (
  release ops.releases,
  gates   ops.release_gates[],
  touched ops.ops_gate_code
)
  RETURNS ops.release_verdict
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_gate ops.release_gates;
  v_verdict ops.gate_verdict;
  v_result ops.release_verdict;
  v_moved ops.ops_gate_code[] := '{}';
  v_statuses ops.ops_gate_status[] := array[(gates[1]).status, (gates[2]).status, (gates[3]).status, (gates[4]).status];
  c ops.gate_context := ops.release_context(release, clock_timestamp());
begin
  v_result.gates := '{}';
  for v_place in 1 .. 4 loop
    v_gate := gates[v_place];
    -- Besides its own facts a gate depends on those it waits for, unless it misses something of its own anyway, and G3
    -- on who approved G2. With an exception around, time may have changed any of them.
    if v_gate.gate_code = touched or c.excepted
      or v_gate.gate_code = 'G3' and touched = 'G2' and v_gate.status <> 'pending'
      or v_moved <> '{}' and (v_gate.first_missing like 'G_ is passed or bypassed (%') is not false
      and ops.waits_on(v_gate.gate_code, v_moved)
    then
      -- What is pending has no facts, but for those just written, and on G4 those of an earlier deployment.
      c.untouched := v_gate.status = 'pending' and v_gate.gate_code <> touched and v_gate.gate_code <> 'G4';
      c.prior_statuses := v_statuses[1:v_place - 1];
      v_verdict := ops.judge_gate(c, gates, v_place);
      v_result.gates := v_result.gates || v_verdict;
      if (v_verdict.status, v_verdict.exception_id, v_verdict.first_missing)
        is distinct from (v_gate.status, v_gate.exception_id, v_gate.first_missing) then
        update ops.release_gates g
        set status = v_verdict.status, exception_id = v_verdict.exception_id, first_missing = v_verdict.first_missing
        where g.gate_id = v_verdict.gate_id;
      end if;
      if v_verdict.status <> v_gate.status then
        v_moved := v_moved || v_gate.gate_code;
        v_statuses[v_place] := v_verdict.status;
      end if;
    end if;
  end loop;
  v_result.release_status := ops.refresh_release_row(release, v_statuses, touched);
  return v_result;
end
$function$;

COMMENT ON FUNCTION "ops"."refresh_release"(ops.releases, ops.release_gates[], ops.ops_gate_code) IS 'Judges the gate that a fact touched, and those that depend on what it moved, stores what changed, and returns the verdicts. The caller holds the release''s lock, and read release and gates behind it.';

REVOKE ALL ON FUNCTION "ops"."refresh_release"(ops.releases, ops.release_gates[], ops.ops_gate_code) FROM PUBLIC;
