-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_to_close (
  release ops.releases
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_now constant timestamptz := ops_private.present(release);
  v_stop text;
begin
  if current_setting('role') = 'release_manager' then
    return;
  elsif release.created_by is distinct from ops_private.current_actor() then
    raise exception using errcode = '42501', message = 'a machine may close only a release that it opened',
      hint = 'ask a release_manager to close it';
  elsif release.closed_at is not null then
    return;
  end if;
  v_stop := coalesce(
    (select s.what from ops_private.standing_stops(release, v_now) as s order by s.what limit 1),
    -- An exception may cover a failure. It stands all the same.
    (
      select format('gate %s is failed', g.gate_code) from ops.release_gates g
      where g.release_id = release.release_id and 'failed' in (g.status, g.status_without_exception)
      order by g.gate_code limit 1
    ), (
      select format('an exception is objected to by %s', d.approver_id) from ops.exceptions x
      cross join lateral ops_private.standing_decisions(x.release_id, null, v_now, x.exception_id) as d
      where x.release_id = release.release_id and d.decision <> 'approved' order by d.approver_id limit 1
    ),
    (
      select format('health in %s is failed', e) from unnest(enum_range(null::ops.ops_environment)) as e
      where ops_private.standing_health(release, e, v_now) = 'failed' limit 1
    ));
  if v_stop is not null then
    raise exception using errcode = '42501', message = 'a machine may not close a release while something stops it',
      detail = v_stop, hint = 'resolve what stops it, or ask a release_manager to close it';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_to_close"(ops.releases) IS 'Raises 42501 unless the caller may close the release: a release_manager, or the machine that opened it, while no objection (to an exception neither), failed check, failed gate, contested report or failed deployment stands.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_to_close"(ops.releases) FROM PUBLIC;
