-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.changed_outcome_of (
  release   ops.releases,
  gate_code ops.ops_gate_code,
  entries   ops_private.policy_entry[]
)
  RETURNS ops.changed_outcome
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases := release;
  v_own ops_private.outcome;
  v_proposed ops_private.outcome;
begin
  -- That a release was closed since, and that no row in force asks anything of production, changes neither answer.
  v_release.closed_at := null;
  v_release.asks_beyond := true;
  v_own := ops_private.outcome_of(v_release, gate_code, null);
  v_proposed := ops_private.outcome_of(
    v_release, gate_code, ops_private.supposed_policy(release.release_id, gate_code, entries));
  if (v_own.gate_statuses, v_own.staging, v_own.production)
    = (v_proposed.gate_statuses, v_proposed.staging, v_proposed.production) then
    return null;
  end if;
  return row(
    release.release_id, release.project, release.release_name, release.created_at, release.recorded_until,
    v_own.gate_statuses, v_proposed.gate_statuses, v_own.staging, v_proposed.staging,
    v_own.production, v_proposed.production, v_proposed.missing)::ops.changed_outcome;
end
$function$;

COMMENT ON FUNCTION "ops_private"."changed_outcome_of"(ops.releases, ops.ops_gate_code, ops_private.policy_entry[]) IS 'How a release would have come out by other rows for a gate. Null when nothing would differ: no verdict, and no eligibility.';

REVOKE ALL ON FUNCTION "ops_private"."changed_outcome_of"(ops.releases, ops.ops_gate_code, ops_private.policy_entry[]) FROM PUBLIC;
