-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_known_rollback (
  rollback ops.deployments
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.releases own
    join ops.releases r on r.project = own.project
    join ops.deployments d on d.release_id = r.release_id
    where own.release_id = rollback.release_id and d.source_ref = rollback.source_ref
      and d.environment = rollback.environment and d.target = rollback.target
      and d.deployment_id <> rollback.rollback_of and d.status = 'succeeded' and d.was_eligible
      and (d.artifacts is null or d.artifacts = rollback.artifacts)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_known_rollback"(ops.deployments) IS 'Whether a rollback goes back to something, by what is recorded now. Something is another deployment than the one that it undoes, of its source_ref and of any release of the project, that has succeeded while eligible in the same environment and target. If that deployment named artifacts, the rollback must name the same.';

REVOKE ALL ON FUNCTION "ops_private"."is_known_rollback"(ops.deployments) FROM PUBLIC;
