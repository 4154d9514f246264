CREATE OR REPLACE FUNCTION ops.has_facts (
  c ops.gate_context
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  -- G4 starts afresh with each deployment: facts of an earlier one are not facts on it.
  return exists (
      select from ops.gate_checks gc where gc.release_id = c.release_id and gc.gate_id = c.gate_id
        and gc.created_at <= c.as_of and gc.deployment_id is not distinct from c.deployment_id
    ) or exists (
      select from ops.approvals a where a.release_id = c.release_id and a.gate_id = c.gate_id
        and a.created_at <= c.as_of
    ) or exists (
      select from ops.evidence_artifacts e where e.release_id = c.release_id and e.gate_id = c.gate_id
        and e.created_at <= c.as_of
        and (c.gate_code <> 'G4' or e.deployment_id is null or e.deployment_id is not distinct from c.deployment_id)
    );
end
$function$;

COMMENT ON FUNCTION "ops"."has_facts"(ops.gate_context) IS 'Whether any check, decision or artifact stands on the gate at the moment.';

REVOKE ALL ON FUNCTION "ops"."has_facts"(ops.gate_context) FROM PUBLIC;
