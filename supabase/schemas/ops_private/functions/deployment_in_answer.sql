-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployment_in_answer (
  release  ops.releases,
  d        ops.deployments,
  reported ops.ops_deployment_status
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return jsonb_build_object(
    'deployment_id', d.deployment_id, 'environment', d.environment, 'target', d.target, 'deployment_status', d.status,
    'was_eligible', d.was_eligible, 'blockers', d.blockers_at_deploy, 'excepted_by', d.excepted_by)
    || jsonb_strip_nulls(jsonb_build_object(
      'rollback_to_unknown', case when d.rollback_of is not null then exists (
        select from ops_private.deployments_at(d.release_id, 'infinity') as n where n.deployment_id = d.deployment_id
      ) end,
      'remedy', case when d.was_eligible is false then 'deploy again under a new reference' end))
    || case when d.was_eligible is not null and reported in ('in_progress', 'succeeded')
      then coalesce(ops_private.advice_in_answer(release, d.environment, d.artifacts), '{}') else '{}' end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployment_in_answer"(ops.releases, ops.deployments, ops.ops_deployment_status) IS 'What the answer says of a deployment of which reported was just recorded. rollback_to_unknown, of a rollback: whether it counts as an ordinary deployment, because it goes back to nothing known or does not undo the newest one.';

REVOKE ALL ON FUNCTION "ops_private"."deployment_in_answer"(ops.releases, ops.deployments, ops.ops_deployment_status) FROM PUBLIC;
