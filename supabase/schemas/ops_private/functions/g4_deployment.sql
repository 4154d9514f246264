-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.g4_deployment (
  release_id uuid
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.deployments', 'ops.deployment_reports');
  return ops_private.judged_deployment(g4_deployment.release_id, 'infinity');
end
$function$;

COMMENT ON FUNCTION "ops_private"."g4_deployment"(uuid) IS 'The deployment that G4 judges now. For the evidence view. Raises 42501 when the caller may not read deployments.';
