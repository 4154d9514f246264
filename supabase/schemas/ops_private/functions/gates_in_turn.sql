-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gates_in_turn (
  release ops.releases,
  gates   ops.release_gates[],
  as_of   timestamp with time zone
)
  RETURNS ops.release_gates[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  g ops.release_gates;
  v_in_turn ops.release_gates[] := '{}'::ops.release_gates[];
  v_cleared boolean := true; -- all gates before it
begin
  foreach g in array gates loop
    continue when g.status in ('passed', 'bypassed');
    if g.status = 'failed' or v_cleared and g.gate_code < 'G4' or g.gate_code = 'G4' and g.status = 'in_progress' then
      v_in_turn := v_in_turn || g;
    elsif g.gate_code = 'G4' and (
      exists (select from ops.deployments d where d.release_id = release.release_id)
      or v_cleared and ops_private.is_eligible_at(release, release.environment_target, as_of)
    ) then
      v_in_turn := v_in_turn || g;
    end if;
    v_cleared := false;
  end loop;
  return v_in_turn;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gates_in_turn"(ops.releases, ops.release_gates[], timestamp with time zone) IS 'The gates of a release whose turn it is, of those that are not cleared: a gate that failed, and one of which all gates before it are cleared. G4: also once something was deployed; before that only when the release may go where it is for. gates: as they are now, G1 first.';

REVOKE ALL ON FUNCTION "ops_private"."gates_in_turn"(ops.releases, ops.release_gates[], timestamp WITH time zone) FROM PUBLIC;
