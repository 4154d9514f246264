-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployment_told (
  d    ops.deployments,
  kind ops.ops_notice_kind
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_build_object(
    'text', ops_private.shortened(format('%s to %s, %s', d.deployment_ref, d.environment, d.target)),
    'missing', case when kind = 'ineligible_deployment'
      then ops_private.missing_of(array(
        select f from jsonb_populate_recordset(null::ops.gate_finding, d.blockers_at_deploy) as f))
      else jsonb_build_array(jsonb_build_object(
        'what', 'nobody reported how it ended', 'who', ops_private.gate_owner('G4'),
        'remedy', 'report how it ended, or deploy again; a release manager may dismiss it after 24 hours')) end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployment_told"(ops.deployments, ops.ops_notice_kind) IS 'What a message says of a deployment.';

REVOKE ALL ON FUNCTION "ops_private"."deployment_told"(ops.deployments, ops.ops_notice_kind) FROM PUBLIC;
