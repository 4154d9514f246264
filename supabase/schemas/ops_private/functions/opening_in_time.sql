-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.opening_in_time (
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
    e.at, e.kind::ops.ops_timeline_kind, null::ops.ops_gate_code, e.subject, e.status, null::text, e.actor, e.actor_role,
    null::text, release.environment_target, null::text, null::timestamptz, release.release_id, null::uuid
  from (values
    (release.created_at, 'opened', release.source_ref::text, null, release.created_by, release.created_role),
    (release.closed_at, 'closed', null, release.close_reason::text, release.closed_by, null)
  ) as e (at, kind, subject, status, actor, actor_role)
  where e.at < before;
end
$function$;

COMMENT ON FUNCTION "ops_private"."opening_in_time"(ops.releases, timestamp with time zone, integer) IS 'When a release was opened, and when it was closed. As all functions of this kind: only what happened before a moment.';

REVOKE ALL ON FUNCTION "ops_private"."opening_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
