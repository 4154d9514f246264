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
  v_policy constant ops_private.requirements_in_force[] :=
    ops_private.supposed_policy(release.release_id, gate_code, entries);
  v_judged ops_private.judgement;
  c ops.changed_outcome;
begin
  c.release_id := release.release_id;
  c.project := release.project;
  c.release_name := release.release_name;
  c.opened_at := release.created_at;
  c.judged_at := release.recorded_until;
  c.gate_statuses := ops_private.statuses_at_newest_fact(release);
  -- Other rows change what a new fact on the gate would change, and under an exception or a limit of time any verdict.
  v_judged := ops_private.judge(
    release, gate_code, c.judged_at, live => not release.excepted and release.lapses_at is null, policy => v_policy);
  c.proposed_gate_statuses := v_judged.statuses;
  if c.proposed_gate_statuses = c.gate_statuses and not (release.excepted or release.objected or release.asks_beyond)
    and not exists (
      select from unnest(entries) as e where e.kind in ('environment_healthy', 'objected_elsewhere')) then
    return null;
  end if;
  c.staging := ops_private.is_let_in(release, c.gate_statuses, 'staging', null);
  c.proposed_staging := ops_private.is_let_in(release, c.proposed_gate_statuses, 'staging', v_policy);
  -- Production needs all that staging needs.
  c.production := c.staging and ops_private.is_let_in(release, c.gate_statuses, 'production', null);
  c.proposed_production := c.proposed_staging
    and ops_private.is_let_in(release, c.proposed_gate_statuses, 'production', v_policy);
  if (c.gate_statuses, c.staging, c.production)
    = (c.proposed_gate_statuses, c.proposed_staging, c.proposed_production) then
    return null;
  end if;
  c.missing := (
    select (v.gate).first_missing from unnest(v_judged.verdicts) as v
    where (v.gate).gate_code = changed_outcome_of.gate_code);
  return c;
end
$function$;

COMMENT ON FUNCTION "ops_private"."changed_outcome_of"(ops.releases, ops.ops_gate_code, ops_private.policy_entry[]) IS 'How a release would have come out by its newest fact by other rows for a gate, open or closed since. Null when nothing would differ: no verdict, and no eligibility.';

REVOKE ALL ON FUNCTION "ops_private"."changed_outcome_of"(ops.releases, ops.ops_gate_code, ops_private.policy_entry[]) FROM PUBLIC;
