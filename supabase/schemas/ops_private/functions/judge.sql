-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judge (
  release   ops.releases,
  from_gate ops.ops_gate_code,
  as_of     timestamp with time zone,
  to_gate   ops.ops_gate_code                   DEFAULT 'G4'::ops.ops_gate_code,
  in_full   boolean                             DEFAULT false,
  live      boolean                             DEFAULT false,
  policy    ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS ops_private.judgement
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_stored ops.release_gates;
  v_gate ops.release_gates;
  v_findings ops.gate_finding[];
  v_statuses ops.ops_gate_status[] := '{}'::ops.ops_gate_status[];
  v_verdicts ops_private.gate_verdict[] := '{}'::ops_private.gate_verdict[];
  v_moved boolean := false;
  v_targets ops_private.deployed_target[] := '{}'::ops_private.deployed_target[];
  v_untouched boolean;
  v_contested ops_private.contested[] := '{}'::ops_private.contested[];
  v_timed constant boolean := release.excepted or release.contested or release.dismissed
    or release.lapses_at is not null;
  v_signed boolean;
begin
  -- Few sign off G1. All else on G1 are builds.
  v_signed := from_gate in ('G2', 'G3') or live and from_gate = 'G1' and release.status <> 'draft'
    and ops_private.is_signed_off(release.release_id, from_gate);
  if release.contested then
    v_contested := array(select c from ops_private.standing_contested(release.release_id, as_of) as c);
  end if;
  for v_stored in
    select g.* from ops.release_gates g
    where g.release_id = release.release_id and g.gate_code <= to_gate order by g.gate_code
  loop
    -- If something of the release ends with time or with another fact, any gate may change: judge all. Otherwise a
    -- fact on from_gate can only change that gate, later gates with facts if from_gate was signed off (who approved an
    -- earlier gate matters there), and gates that passed or wait only for a prior gate. A build that names artifacts
    -- changes which approvals count, on any gate that has facts.
    if v_stored.gate_code = from_gate or v_timed or v_stored.gate_code > from_gate and (
      not live or (v_signed or release.has_artifacts and from_gate = 'G1') and v_stored.status <> 'pending'
      or v_moved and (v_stored.status = 'passed' or v_stored.waits_for is not null)
    ) then
      if v_stored.gate_code = 'G4' then
        v_targets := array(select t from ops_private.targets_at(release, null, as_of) as t);
      end if;
      -- A pending gate has no facts, except the new ones on from_gate, and on G4 those of an earlier deployment.
      v_untouched := live and v_stored.status = 'pending' and v_stored.gate_code not in (from_gate, 'G4');
      v_findings := ops_private.findings_on(
        v_stored, release, v_targets, v_statuses, as_of, in_full, v_untouched, v_contested, policy);
      v_gate := ops_private.gate_as_found(
        v_stored, v_findings, v_targets, release.excepted, as_of, v_untouched, policy);
      v_verdicts := v_verdicts || row(v_stored, v_gate, v_findings)::ops_private.gate_verdict;
      v_statuses := v_statuses || v_gate.status;
      v_moved := v_moved or v_gate.status <> v_stored.status;
    else
      v_statuses := v_statuses || v_stored.status;
    end if;
  end loop;
  if live and release.excepted then
    v_verdicts := ops_private.with_verdicts_by_facts(v_verdicts, release, as_of);
  end if;
  return row(v_statuses, v_verdicts);
end
$function$;

COMMENT ON FUNCTION "ops_private"."judge"(ops.releases, ops.ops_gate_code, timestamp
  with time zone, ops.ops_gate_code, boolean, boolean, ops_private.requirements_in_force[]) IS 'Judges the gates of a release in order, from from_gate to to_gate, at a moment, by the facts known then. Each gate sees the verdicts on the gates before it. live: a fact has just arrived on from_gate; gates that it cannot change keep their stored verdict. in_full: also return advisory and satisfied findings; no verdict depends on them. policy: as ops_private.requirements_of.';

REVOKE ALL
  ON FUNCTION "ops_private"."judge"(ops.releases, ops.ops_gate_code, timestamp WITH time zone, ops.ops_gate_code, boolean, boolean, ops_private.requirements_in_force[])
  FROM PUBLIC;
