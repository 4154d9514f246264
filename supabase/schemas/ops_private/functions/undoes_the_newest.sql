-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.undoes_the_newest (
  rollback ops.deployments
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_place constant bigint := (
    select n.place from ops_private.deployments_at(rollback.release_id, 'infinity') as n
    where n.deployment_id = rollback.rollback_of
  );
begin
  -- What was deployed after the rollback runs now, however late the rollback is reported.
  return v_place is not null and not exists (
    select from ops_private.deployments_at(rollback.release_id, 'infinity') as n
    where n.environment = rollback.environment and n.target = rollback.target
      and n.place < v_place and n.deployed_at <= rollback.status_observed_at
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."undoes_the_newest"(ops.deployments) IS 'Whether a rollback undoes the newest deployment of its release to its target, by what is recorded now: no newer one was deployed there until the rollback was observed. Rollbacks that are known and stalled deployments that are set aside are left out.';

REVOKE ALL ON FUNCTION "ops_private"."undoes_the_newest"(ops.deployments) FROM PUBLIC;
