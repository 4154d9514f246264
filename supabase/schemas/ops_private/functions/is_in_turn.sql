-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_in_turn (
  a    ops_private.asked_release,
  gate ops.release_gates
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if gate.status = 'failed' then
    return true;
  elsif gate.gate_code = 'G4' then
    return gate.status = 'in_progress' or exists (
      select from ops.deployments d where d.release_id = gate.release_id
    ) or ops_private.is_eligible_at(a.release, (a.release).environment_target, a.as_of)
      and ops_private.all_cleared(a.gates, 'G4');
  end if;
  return ops_private.all_cleared(a.gates, gate.gate_code);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_in_turn"(ops_private.asked_release, ops.release_gates) IS 'Whether it is the turn of a gate that is not cleared: it failed, or all gates before it are cleared. G4: also once something was deployed; before that only when the release may go where it is for.';

REVOKE ALL ON FUNCTION "ops_private"."is_in_turn"(ops_private.asked_release, ops.release_gates) FROM PUBLIC;
