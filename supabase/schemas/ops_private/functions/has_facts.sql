-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.has_facts (
  release_id  uuid,
  gate_id     uuid,
  gate_code   ops.ops_gate_code,
  deployments uuid[],
  as_of       timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- G4 starts again with each deployment: checks and artifacts of an earlier deployment do not count.
  return exists (
      select from ops.gate_checks gc where gc.release_id = has_facts.release_id and gc.gate_id = has_facts.gate_id
        and gc.created_at <= as_of and (has_facts.gate_code <> 'G4' or gc.deployment_id = any (deployments))
    ) or exists (
      select from ops.approvals a where a.release_id = has_facts.release_id and a.gate_id = has_facts.gate_id
        and a.created_at <= as_of
    ) or exists (
      select from ops.evidence_artifacts e where e.release_id = has_facts.release_id and e.gate_id = has_facts.gate_id
        and e.created_at <= as_of
        and (has_facts.gate_code <> 'G4' or e.deployment_id is null or e.deployment_id = any (deployments))
    );
end
$function$;

COMMENT ON FUNCTION "ops_private"."has_facts"(uuid, uuid, ops.ops_gate_code, uuid[], timestamp with time zone) IS 'Whether a gate has any check, decision or artifact at a moment. On G4 checks and artifacts count only for the deployments that G4 looks at.';

REVOKE ALL ON FUNCTION "ops_private"."has_facts"(uuid, uuid, ops.ops_gate_code, uuid[], timestamp WITH time zone) FROM PUBLIC;
