-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.checks_of_deployments (
  gate        ops.release_gates,
  release     ops.releases,
  deployments uuid[],
  as_of       timestamp with time zone
)
  RETURNS ops_private.latest_check[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select c
    from ops_private.counted_checks(
      gate.release_id, gate.gate_id, checks_of_deployments.as_of, release.dismissed) as c
    where c.deployment_id is null or c.deployment_id = any (deployments)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."checks_of_deployments"(ops.release_gates, ops.releases, uuid[], timestamp with time zone) IS 'The checks on G4 that count at a moment, of these deployments. Only deployments are rolled back, and only G4 has their checks.';

REVOKE ALL ON FUNCTION "ops_private"."checks_of_deployments"(ops.release_gates, ops.releases, uuid[], timestamp WITH time zone) FROM PUBLIC;
