-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployments_in_time (
  release ops.releases,
  before  timestamp with time zone,
  most    integer
)
  RETURNS SETOF ops.timeline_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.kind := 'deployment';
  v_entry.gate_code := 'G4';
  for v_entry.at, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role, v_entry.status,
    v_entry.environment, v_entry.target, v_entry.deployment_id, v_entry.deployment_ref, v_entry.rollback_of in
    select
      r.created_at, d.deployment_id, r.observed_at, coalesce(r.deployed_by, r.created_by),
      case when coalesce(r.deployed_by, r.created_by) = r.created_by then r.created_role end, r.status::text,
      d.environment, d.target::text, d.deployment_id, d.deployment_ref::text, d.rollback_of
    from ops.deployment_reports r
    join ops.deployments d on d.deployment_id = r.deployment_id
    where r.release_id = release.release_id and r.created_at < before
    order by r.created_at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployments_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest reports of the deployments and rollbacks of a release before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."deployments_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
