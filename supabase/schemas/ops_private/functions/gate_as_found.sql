-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gate_as_found (
  gate      ops.release_gates,
  findings  ops.gate_finding[],
  targets   ops_private.deployed_target[],
  excepted  boolean,
  as_of     timestamp with time zone,
  untouched boolean,
  policy    ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS ops.release_gates
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_gate ops.release_gates := gate;
  v_finding ops.gate_finding;
  v_failed boolean := false;
  v_only_evidence boolean := true;
  v_own text;
  v_wait text;
  v_missing ops.gate_finding[] := '{}'::ops.gate_finding[];
begin
  v_gate.evidence_gap := false;
  v_gate.waits_for := null;
  foreach v_finding in array findings loop
    continue when v_finding.enforcement <> 'blocking' or v_finding.state = 'satisfied';
    v_failed := v_failed or v_finding.state = 'failed';
    v_gate.evidence_gap := v_gate.evidence_gap or v_finding.kind is not distinct from 'evidence';
    v_only_evidence := v_only_evidence and v_finding.kind is not distinct from 'evidence';
    if v_finding.kind = 'prior_gate' then
      v_wait := coalesce(v_wait, format('%s (%s)', v_finding.requirement, v_finding.detail));
      v_gate.waits_for := coalesce(v_gate.waits_for, v_finding.subject::ops.ops_gate_code);
    else
      v_own := coalesce(v_own, format('%s (%s)', v_finding.requirement, v_finding.detail));
      if v_finding.kind is distinct from 'contested_report' then
        v_missing := v_missing || v_finding;
      end if;
    end if;
  end loop;
  v_gate.missing := v_missing;
  if v_own is not null then
    v_gate.waits_for := null;
  end if;
  v_gate.first_missing := coalesce(v_own, v_wait);
  v_gate.exception_id := case when v_gate.first_missing is not null and excepted
    then ops_private.covering_exception(
      gate.release_id, array[gate.gate_code], v_only_evidence, as_of, policy) end;
  v_gate.status := case
    when v_gate.first_missing is null then 'passed'::ops.ops_gate_status
    when v_gate.exception_id is not null then 'bypassed'
    when v_failed then 'failed'
    when untouched then 'pending'
    when ops_private.has_facts(
      gate.release_id, gate.gate_id, gate.gate_code, ops_private.looked_at(targets), as_of) then 'in_progress'
    else 'pending'
  end;
  if (v_gate.status, v_gate.exception_id) is distinct from (gate.status, gate.exception_id) then
    v_gate.entered_at := case
      when v_gate.status = 'pending' then null
      when v_gate.status = 'in_progress' then clock_timestamp()
      else coalesce(gate.entered_at, clock_timestamp())
    end;
    v_gate.resolved_at := case when v_gate.status in ('passed', 'failed', 'bypassed') then clock_timestamp() end;
    v_gate.resolved_by := case when v_gate.resolved_at is not null then ops_private.current_actor() end;
  end if;
  return v_gate;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gate_as_found"(ops.release_gates, ops.gate_finding[], ops_private.deployed_target[], boolean, timestamp
  with time zone, boolean, ops_private.requirements_in_force[]) IS 'A gate as its findings require it. passed: all blocking requirements are satisfied. bypassed: an exception covers what is missing. failed: a blocking requirement failed. in_progress: the gate has facts. pending: it has none. A new verdict also sets the time and the subject.';

REVOKE ALL
  ON FUNCTION "ops_private"."gate_as_found"(ops.release_gates, ops.gate_finding[], ops_private.deployed_target[], boolean, timestamp
    WITH time zone, boolean, ops_private.requirements_in_force[])
  FROM PUBLIC;
