-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.approval_requirements (
  release_id uuid,
  gate_code  ops.ops_gate_code
)
  RETURNS ops_private.requirements_in_force[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select n from ops_private.requirements_in_force n
    where n.release_id = approval_requirements.release_id and n.gate_code = approval_requirements.gate_code
      and n.kind = 'approval' and n.on_gate
    order by n.enforcement, n.subject);
end
$function$;

COMMENT ON FUNCTION "ops_private"."approval_requirements"(uuid, ops.ops_gate_code) IS 'The approvals that the policy in force for a release asks for on a gate, in the order in which ops_private.findings_on looks at them.';

REVOKE ALL ON FUNCTION "ops_private"."approval_requirements"(uuid, ops.ops_gate_code) FROM PUBLIC;
