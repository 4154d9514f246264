-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.opening_in_time (
  release ops.releases,
  before  timestamp with time zone
)
  RETURNS SETOF ops.timeline_entry
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_entry ops.timeline_entry;
begin
  v_entry.fact := release.release_id;
  v_entry.environment := release.environment_target;
  for v_entry.at, v_entry.kind, v_entry.source_ref, v_entry.close_reason, v_entry.actor, v_entry.actor_role in
    select e.at, e.kind::ops.ops_timeline_kind, e.source_ref, e.close_reason, e.actor, e.actor_role
    from (values
      (release.created_at, 'opened', release.source_ref::text, null, release.created_by, release.created_role),
      (release.closed_at, 'closed', null, release.close_reason, release.closed_by, null)
    ) as e (at, kind, source_ref, close_reason, actor, actor_role)
    where e.at < before
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."opening_in_time"(ops.releases, timestamp with time zone) IS 'When a release was opened, and when it was closed. As all functions of this kind: only what happened before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."opening_in_time"(ops.releases, timestamp WITH time zone) FROM PUBLIC;
