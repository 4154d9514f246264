-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.outcome_of (
  release   ops.releases,
  gate_code ops.ops_gate_code,
  policy    ops_private.requirements_in_force[]
)
  RETURNS ops_private.outcome
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_moment constant timestamptz := release.recorded_until;
  v_judged constant ops_private.judgement := ops_private.judge(release, 'G1', v_moment, policy => policy);
  v_outcome ops_private.outcome;
begin
  v_outcome.gate_statuses := v_judged.statuses;
  v_outcome.missing := (
    select (v.gate).first_missing from unnest(v_judged.verdicts) as v where (v.gate).gate_code = outcome_of.gate_code);
  -- Production needs all that staging needs.
  v_outcome.staging := not exists (
    select from ops_private.obstacles_in(v_judged.verdicts, release, 'staging', v_moment, policy) as o
    where o.exception_id is null);
  v_outcome.production := v_outcome.staging and not exists (
    select from ops_private.obstacles_in(v_judged.verdicts, release, 'production', v_moment, policy) as o
    where o.exception_id is null);
  return v_outcome;
end
$function$;

COMMENT ON FUNCTION "ops_private"."outcome_of"(ops.releases, ops.ops_gate_code, ops_private.requirements_in_force[]) IS 'What a release came to by its newest fact. gate_code: of which gate to say what is missing. policy: as ops_private.requirements_of.';

REVOKE ALL ON FUNCTION "ops_private"."outcome_of"(ops.releases, ops.ops_gate_code, ops_private.requirements_in_force[]) FROM PUBLIC;
