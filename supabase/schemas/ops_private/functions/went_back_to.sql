-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.went_back_to (
  rollback uuid
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  r ops.deployments;
  v_found uuid;
begin
  select d.* into r from ops.deployments d where d.deployment_id = rollback and d.rollback_known;
  -- First those that succeeded: the newest of them is near the front of the index.
  for v_round in 1..2 loop
    exit when v_found is not null;
    v_found := (
      select d.deployment_id from ops.deployments d
      where d.project = r.project and d.environment = r.environment and d.target = r.target and not d.imported
        and d.source_ref = r.source_ref and d.rollback_of is null and d.deployment_id <> r.rollback_of
        and (d.artifacts is null or d.artifacts = r.artifacts) and d.created_at < r.created_at
        and (d.status = 'succeeded' or v_round = 2)
      order by d.deployed_at desc, d.deployment_ref desc limit 1);
  end loop;
  return v_found;
end
$function$;

COMMENT ON FUNCTION "ops_private"."went_back_to"(uuid) IS 'The deployment that a rollback went back to: of its source_ref and its artifacts, in its environment and target, of any release of the project but those of the past; the newest that succeeded. Null for a rollback to something unknown, and for what is no rollback.';

REVOKE ALL ON FUNCTION "ops_private"."went_back_to"(uuid) FROM PUBLIC;
