-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.store (
  release ops.releases,
  touched ops.ops_gate_code,
  judged  ops_private.judgement,
  as_of   timestamp with time zone,
  fact    boolean                  DEFAULT false
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_verdict ops_private.gate_verdict;
  v_gate ops.release_gates;
  v_status ops.ops_release_status := release.status;
  v_cleared_for ops.ops_environment;
  v_judged_until timestamptz;
  v_lapses_at timestamptz;
  v_moved boolean := false;
begin
  foreach v_verdict in array judged.verdicts loop
    v_gate := v_verdict.gate;
    continue when v_gate is not distinct from v_verdict.stored;
    v_moved := true;
    update ops.release_gates g
    set
      status = v_gate.status, entered_at = v_gate.entered_at, resolved_at = v_gate.resolved_at,
      resolved_by = v_gate.resolved_by, exception_id = v_gate.exception_id, first_missing = v_gate.first_missing,
      waits_for = v_gate.waits_for, missing = v_gate.missing, evidence_gap = v_gate.evidence_gap,
      status_without_exception = v_gate.status_without_exception,
      first_missing_without_exception = v_gate.first_missing_without_exception
    where g.gate_id = v_gate.gate_id;
  end loop;
  -- The first fact ends the draft. After that only deployments change the status of a release; they are facts on G4.
  if v_status = 'draft' and touched < 'G4' and fact then
    v_status := 'in_progress';
  elsif touched = 'G4' or v_status = 'draft' and touched is not null then
    v_status := ops_private.release_status_of(release.release_id, as_of);
  end if;
  v_cleared_for := case when judged.statuses[2] = 'passed'
    then ops_private.cleared_for(release, judged.statuses, as_of) else 'dev' end;
  if release.excepted or release.lapses_at is not null then
    select v.judged_until, v.lapses_at into v_judged_until, v_lapses_at from ops_private.validity(release, as_of) as v;
  end if;
  if fact or (v_status, v_cleared_for, judged.statuses, v_judged_until, v_lapses_at) is distinct from (
    release.status, release.cleared_for, release.gate_statuses, release.judged_until, release.lapses_at) then
    update ops.releases r
    set status = v_status, cleared_for = v_cleared_for, gate_statuses = judged.statuses,
      judged_until = v_judged_until, lapses_at = v_lapses_at, recorded_until = release.recorded_until
    where r.release_id = release.release_id;
  end if;
  -- People are told where a target asks for it. Elsewhere this is one look into an index, and only when something moved.
  if (v_moved or v_status <> release.status) and exists (
    select from ops.notice_targets t where t.project = release.project and t.replaced_at is null) then
    perform ops_private.tell_verdicts(release, judged, as_of);
  end if;
  return v_status;
end
$function$;

COMMENT ON FUNCTION "ops_private"."store"(ops.releases, ops.ops_gate_code, ops_private.judgement, timestamp with time zone, boolean) IS 'Stores the verdicts on a release at a moment, its status, cleared_for and until when this is the answer. Returns the status. The caller must hold the lock of the release. touched: the gate from which it was judged; null for a new release. fact: a fact was just written, at recorded_until of the release, which is stored too.';

REVOKE ALL ON FUNCTION "ops_private"."store"(ops.releases, ops.ops_gate_code, ops_private.judgement, timestamp WITH time zone, boolean) FROM PUBLIC;
