-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.was_in_turn (
  release   ops.releases,
  gates     ops.release_gates[],
  gate_code ops.ops_gate_code
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  g ops.release_gates;
  v_cleared boolean := true;
begin
  foreach g in array gates loop
    exit when g.gate_code = was_in_turn.gate_code;
    v_cleared := v_cleared and g.status in ('passed', 'bypassed');
  end loop;
  return g.status not in ('passed', 'bypassed') and (
    g.status = 'failed' or g.gate_code = 'G4' and (g.status = 'in_progress' or exists (
      select from ops.deployments d where d.release_id = release.release_id and d.created_at < release.recorded_until))
    or v_cleared and (
      g.gate_code < 'G4'
      or release.cleared_for >= release.environment_target and not (release.excepted or release.asks_beyond)));
end
$function$;

COMMENT ON FUNCTION "ops_private"."was_in_turn"(ops.releases, ops.release_gates[], ops.ops_gate_code) IS 'Whether it was the turn of a gate before a verdict: as ops_private.gates_in_turn, by the release and its gates as they were stored then. Of the facts only deployments are asked, and those before recorded_until: the newest fact has changed the others already. No of G4 before a deployment where more than the stored verdicts decides whether the release may go: told once too often rather than never.';

REVOKE ALL ON FUNCTION "ops_private"."was_in_turn"(ops.releases, ops.release_gates[], ops.ops_gate_code) FROM PUBLIC;
