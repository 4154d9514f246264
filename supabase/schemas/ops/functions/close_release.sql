-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops.close_release (
  release_id   uuid,
  close_reason text
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_moment timestamptz;
begin
  perform ops_private.require_role('release_manager', 'ci_service_role', 'service_role');
  if (close_release.close_reason in ('superseded', 'cancelled')) is not true then
    raise exception using errcode = '22023', message = 'there is no such reason to close a release',
      detail = 'the reasons are superseded and cancelled', hint = 'name one of them in lower case';
  end if;
  v_release := ops_private.release_named(close_release.release_id);
  v_release := ops_private.hold_release(close_release.release_id);
  perform ops_private.refuse_to_close(v_release);
  if v_release.closed_at is not null and v_release.close_reason::text <> close_release.close_reason then
    raise exception using errcode = 'OPS12',
      message = format('the release is closed already, as %s', v_release.close_reason),
      detail = format('by %s at %s', v_release.closed_by, v_release.closed_at),
      hint = 'a release is closed once, and for good';
  elsif v_release.closed_at is null then
    v_moment := ops_private.next_moment(close_release.release_id);
    update ops.releases r
    set
      closed_at = v_moment, closed_by = ops_private.current_actor(), close_reason = close_release.close_reason::ops.ops_close_reason,
      -- Only a release that nobody said anything about leaves its name to another.
      name_freed = r.status = 'draft' and not r.contested
    where r.release_id = close_release.release_id
    returning r.* into v_release;
  end if;
  return ops_private.closing_of(v_release);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."close_release"(uuid, text) TO "ci_service_role", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."close_release"(uuid, text) IS 'Closes a release for good, as superseded or cancelled. It is eligible for nothing then, and its past stays. It takes deployments, health checks and stops, but no approvals, exceptions and builds that pass. Without facts its name is free again. Returns {release_id, closed_at, closed_by, close_reason, name_freed}, again for the same reason. For release managers, and for the machine that opened it while nothing stops it (42501). OPS04: unknown release. OPS12: it is closed for another reason. 22023: unknown reason.';

REVOKE ALL ON FUNCTION "ops"."close_release"(uuid, text) FROM PUBLIC;
