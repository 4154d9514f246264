-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exceptions_in_time (
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
  for v_entry.at, v_entry.kind, v_entry.fact, v_entry.actor, v_entry.actor_role, v_entry.reason, v_entry.status,
    v_entry.exception_id, v_entry.exception_type, v_entry.impacted_gates in
    select
      e.at, e.kind::ops.ops_timeline_kind, x.exception_id, e.actor, e.actor_role, e.reason, e.status, x.exception_id,
      x.exception_type, x.impacted_gates
    from ops.exceptions x
    cross join lateral (
      values
      (x.created_at, 'exception_opened', x.approver_id,
        case when x.approver_id = x.created_by then x.created_role end, x.reason::text, null),
      (case when x.effective_from > x.created_at and (x.revoked_at > x.effective_from) is not false
        then x.effective_from end, 'exception_began', null, null, null, null),
      (x.revoked_at, 'exception_revoked', x.revoked_by, null, null, null),
      (case when (x.revoked_at > x.expires_at) is not false
        then x.expires_at end, 'exception_ended', null, null, null, null),
      (x.reviewed_at, 'exception_reviewed', x.reviewed_by, null, null, x.post_review_status::text)
    ) as e (at, kind, actor, actor_role, reason, status)
    where release.excepted and x.release_id = release.release_id and e.at < before
    order by e.at desc fetch first most rows with ties
  loop
    return next v_entry;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exceptions_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest of what happened to the exceptions of a release before a moment. One that was revoked before its end does not end with time, and one that was revoked before it began does not begin.';

REVOKE ALL ON FUNCTION "ops_private"."exceptions_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
