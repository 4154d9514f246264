-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.went_back_to (
  rollback ops.deployments
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case when rollback.rollback_known then (
    select d.deployment_id from ops.deployments d
    where d.project = rollback.project and d.environment = rollback.environment and d.target = rollback.target
      and d.source_ref = rollback.source_ref and d.rollback_of is null and d.deployment_id <> rollback.rollback_of
      and (d.artifacts is null or d.artifacts = rollback.artifacts) and d.created_at < rollback.created_at
    order by d.status = 'succeeded' desc, d.deployed_at desc, d.deployment_ref desc limit 1
  ) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."went_back_to"(ops.deployments) IS 'The deployment that a rollback went back to: of its source_ref and its artifacts, in its environment and target, of any release of the project; the newest that succeeded. Null for a rollback to something unknown, and for what is no rollback.';

REVOKE ALL ON FUNCTION "ops_private"."went_back_to"(ops.deployments) FROM PUBLIC;
