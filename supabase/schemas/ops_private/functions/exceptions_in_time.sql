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
begin
  return query
  select
    e.at, e.kind::ops.ops_timeline_kind, null::ops.ops_gate_code, array_to_string(x.impacted_gates, ', '),
    e.status, null::text, e.actor, e.actor_role, e.reason, null::ops.ops_environment, null::text, null::timestamptz,
    x.exception_id, null::uuid
  from ops.exceptions x
  cross join lateral (
    values
    (x.created_at, 'exception_opened', x.exception_type::text, x.approver_id,
      case when x.approver_id = x.created_by then x.created_role end, x.reason::text),
    (case when x.effective_from > x.created_at and (x.revoked_at > x.effective_from) is not false
      then x.effective_from end, 'exception_began', x.exception_type::text, null, null, null),
    (x.revoked_at, 'exception_revoked', x.exception_type::text, x.revoked_by, null, null),
    (case when (x.revoked_at > x.expires_at) is not false
      then x.expires_at end, 'exception_ended', x.exception_type::text, null, null, null),
    (x.reviewed_at, 'exception_reviewed', x.post_review_status::text, x.reviewed_by, null, null)
  ) as e (at, kind, status, actor, actor_role, reason)
  where release.excepted and x.release_id = release.release_id and e.at < before
  order by e.at desc fetch first most rows with ties;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exceptions_in_time"(ops.releases, timestamp with time zone, integer) IS 'The newest of what happened to the exceptions of a release before a moment. One that was revoked before its end does not end with time, and one that was revoked before it began does not begin.';

REVOKE ALL ON FUNCTION "ops_private"."exceptions_in_time"(ops.releases, timestamp WITH time zone, integer) FROM PUBLIC;
