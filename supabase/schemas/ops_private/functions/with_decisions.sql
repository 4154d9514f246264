-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.with_decisions (
  facts   ops_private.gate_facts,
  gate    ops.release_gates,
  release ops.releases,
  as_of   timestamp with time zone,
  policy  ops_private.requirements_in_force[] DEFAULT NULL::ops_private.requirements_in_force[]
)
  RETURNS ops_private.gate_facts
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_unmet constant jsonb := ops_private.unmet_by_policy(gate.release_id, policy);
begin
  facts.decisions := array(
    select d from ops_private.standing_decisions(
      gate.release_id, gate.gate_id, with_decisions.as_of, dismissed => release.dismissed, unmet => v_unmet) as d);
  facts.barred := ops_private.lower_approvers(gate, as_of, v_unmet);
  if release.dismissed then
    facts.dismissers := ops_private.dismissers(release.release_id, as_of);
  end if;
  if release.has_artifacts then
    facts.digest := ops_private.artifacts_digest(gate.release_id, as_of);
  end if;
  return facts;
end
$function$;

COMMENT ON FUNCTION "ops_private"."with_decisions"(ops_private.gate_facts, ops.release_gates, ops.releases, timestamp
  with time zone, ops_private.requirements_in_force[]) IS 'The facts on a gate with the decisions on it, and all by which a decision counts or does not. Ask only when somebody decided on the gate.';

REVOKE ALL
  ON FUNCTION "ops_private"."with_decisions"(ops_private.gate_facts, ops.release_gates, ops.releases, timestamp WITH time zone, ops_private.requirements_in_force[])
  FROM PUBLIC;
