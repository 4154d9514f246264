-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.incidents_part (
  release ops.releases,
  as_of   timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) order by f.detected_at desc, f.incident_id), '[]') from (
      select i.incident_id, i.deployment_id, i.severity, i.detected_at,
        case when i.resolved_at <= as_of then i.resolved_at end as resolved_at, i.root_cause, i.postmortem_status,
        i.created_at, i.created_by, i.created_role
      from ops.deployments d
      join ops.incidents i on i.deployment_id = d.deployment_id
      where d.release_id = release.release_id and i.created_at <= as_of
      order by i.detected_at desc, i.incident_id limit 201
    ) as f
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."incidents_part"(ops.releases, timestamp with time zone) IS 'The incidents after the deployments of a release that were recorded until a moment. Severity, root_cause and postmortem_status are those of now: their changes are in the timeline.';

REVOKE ALL ON FUNCTION "ops_private"."incidents_part"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
