-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.g4_deployments (
  release_id uuid
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.deployments', 'ops.deployment_reports');
  return ops_private.looked_at(array(
    select t from ops.releases r cross join lateral ops_private.targets_at(r, null, 'infinity') as t
    where r.release_id = g4_deployments.release_id
  ));
end
$function$;

COMMENT ON FUNCTION "ops_private"."g4_deployments"(uuid) IS 'The deployments that G4 looks at now. For the evidence view. Raises 42501 when the caller may not read deployments.';
