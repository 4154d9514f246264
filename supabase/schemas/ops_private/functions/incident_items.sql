-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.incident_items (
  b ops_private.inbox_scope
)
  RETURNS SETOF ops.inbox_item
  LANGUAGE plpgsql
  STABLE
  ROWS 1
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_projects constant text[] := ops_private.projects_as('sre', b.reach);
begin
  if 'sre' <> all (b.roles) then
    return;
  end if;
  return query
  select
    'incident'::ops.ops_inbox_kind, 'sre', r.project, r.release_id, r.release_name::text, r.environment_target,
    null::uuid, null::ops.ops_gate_code, i.incident_id,
    format('%s in %s is %s', i.severity, ops_private.place_of(d.environment, d.target),
      case when i.resolved_at is null then 'not resolved'
        else 'resolved, and its review is ' || i.postmortem_status end),
    case when i.resolved_at is null then 'resolve it, then record when it was resolved'
      else 'review it, then record that its review is complete' end,
    coalesce(i.resolved_at, i.detected_at)
  from ops.incidents i
  join ops.deployments d on d.deployment_id = i.deployment_id
  join ops.releases r on r.release_id = d.release_id
  where (i.resolved_at is null or i.postmortem_status <> 'complete')
    -- Only who recorded it may change it.
    and (b.person is null or i.created_by = b.person)
    and (v_projects is null or i.project = any (v_projects))
  order by i.detected_at desc limit 101;
end
$function$;

COMMENT ON FUNCTION "ops_private"."incident_items"(ops_private.inbox_scope) IS 'The incidents that the person recorded as an sre and that are not resolved or not reviewed.';

REVOKE ALL ON FUNCTION "ops_private"."incident_items"(ops_private.inbox_scope) FROM PUBLIC;
