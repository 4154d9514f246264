-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.incidents_in_time (
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
  for v_entry.at, v_entry.kind, v_entry.fact, v_entry.observed_at, v_entry.actor, v_entry.actor_role,
    v_entry.environment, v_entry.target, v_entry.deployment_id, v_entry.severity, v_entry.root_cause in
    select
      e.at, e.kind::ops.ops_timeline_kind, i.incident_id, e.observed_at, e.actor, e.actor_role, d.environment,
      d.target::text, i.deployment_id, i.severity, e.root_cause
    from ops.deployments d
    join ops.incidents i on i.deployment_id = d.deployment_id
    cross join lateral (
      values
      (i.created_at, 'incident', i.created_by, i.created_role, null, i.detected_at),
      (greatest(i.resolved_at, case when i.resolved_at is not null then i.created_at end), 'incident_resolved',
        null, null, i.root_cause, i.resolved_at)
    ) as e (at, kind, actor, actor_role, root_cause, observed_at)
    where d.release_id = release.release_id and e.at < before
    order by e.at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."incidents_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest incidents after the deployments of a release, and when they were resolved, before a moment. The severity is that of now.';

REVOKE ALL ON FUNCTION "ops_private"."incidents_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
