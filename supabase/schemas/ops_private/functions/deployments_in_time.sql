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
begin
  return query
  select
    r.created_at, 'deployment'::ops.ops_timeline_kind, 'G4'::ops.ops_gate_code, d.deployment_ref::text, r.status::text,
    null::text, coalesce(r.deployed_by, r.created_by),
    case when coalesce(r.deployed_by, r.created_by) = r.created_by then r.created_role end, null::text, d.environment,
    d.target::text, r.observed_at, d.deployment_id, d.rollback_of
  from ops.deployment_reports r
  join ops.deployments d on d.deployment_id = r.deployment_id
  where r.release_id = release.release_id and r.created_at < before
  order by r.created_at desc fetch first most rows with ties;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployments_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest reports of the deployments and rollbacks of a release before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."deployments_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
