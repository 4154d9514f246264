-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refresh_rollbacks (
  release_id uuid
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.refresh_deployment_health(d.deployment_id) from ops.deployments d
  where d.release_id = refresh_rollbacks.release_id and d.rollback_of is not null and d.rollback_known;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refresh_rollbacks"(uuid) IS 'Stores the health of the rollbacks of a release that go back to something: other deployments decide whether they are left out (ops_private.deployments_at).';

REVOKE ALL ON FUNCTION "ops_private"."refresh_rollbacks"(uuid) FROM PUBLIC;
