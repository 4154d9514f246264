CREATE OR REPLACE FUNCTION ops.refresh_release_row (
  release  ops.releases,
  statuses ops.ops_gate_status[],
  touched  ops.ops_gate_code
)
  RETURNS ops.ops_release_status
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_cleared_for constant ops.ops_environment := ops.cleared_for(release.release_id, statuses);
  v_status ops.ops_release_status := release.status;
begin
  -- The first fact on a gate ends the draft; after that only deployments move a release, and they are facts on G4.
  if touched <> 'G4' and v_status = 'draft' and statuses <> '{pending,pending,pending,pending}' then
    v_status := 'in_progress';
  elsif touched = 'G4' or v_status = 'draft' then
    v_status := ops.release_status_of(release.release_id);
  end if;
  if (v_status, v_cleared_for) is distinct from (release.status, release.cleared_for) then
    update ops.releases r set status = v_status, cleared_for = v_cleared_for where r.release_id = release.release_id;
  end if;
  return v_status;
end
$function$;

COMMENT ON FUNCTION "ops"."refresh_release_row"(ops.releases, ops.ops_gate_status[], ops.ops_gate_code) IS 'Stores what verdicts (G1 first) and deployments make of a release, its status and what it is cleared for, and returns the status.';

REVOKE ALL ON FUNCTION "ops"."refresh_release_row"(ops.releases, ops.ops_gate_status[], ops.ops_gate_code) FROM PUBLIC;
