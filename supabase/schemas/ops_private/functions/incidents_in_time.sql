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
begin
  return query
  select
    e.at, e.kind::ops.ops_timeline_kind, null::ops.ops_gate_code, i.severity::text, null::text, null::text, e.actor,
    e.actor_role, e.reason, d.environment, d.target::text, e.observed_at, i.incident_id, i.deployment_id
  from ops.deployments d
  join ops.incidents i on i.deployment_id = d.deployment_id
  cross join lateral (
    values
    (i.created_at, 'incident', i.created_by, i.created_role, null, i.detected_at),
    (greatest(i.resolved_at, case when i.resolved_at is not null then i.created_at end), 'incident_resolved',
      null, null, i.root_cause, i.resolved_at)
  ) as e (at, kind, actor, actor_role, reason, observed_at)
  where d.release_id = release.release_id and e.at < before
  order by e.at desc fetch first most rows with ties;
end
$function$;

COMMENT ON FUNCTION "ops_private"."incidents_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest incidents after the deployments of a release, and when they were resolved, before a moment. The severity is that of now.';

REVOKE ALL ON FUNCTION "ops_private"."incidents_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
