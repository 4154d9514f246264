-- Close a release: it goes nowhere any more. Its past stays, and nobody opens it again.

create function ops_private.closing_of(release ops.releases) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'release_id', release.release_id, 'closed_at', release.closed_at, 'closed_by', release.closed_by,
    'close_reason', release.close_reason, 'name_freed', release.name_freed);
end
$$;
comment on function ops_private.closing_of(ops.releases) is
  'When a release was closed, by whom and why, and whether its name is free again.';
revoke execute on function ops_private.closing_of(ops.releases) from public;

create function ops_private.refuse_to_close(release ops.releases) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.refuse_to_close(ops.releases) is
  'Raises 42501 unless the caller may close the release: a release_manager, or the machine that opened it, while no objection (to an exception neither), failed check, failed gate, contested report or failed deployment stands.';
revoke execute on function ops_private.refuse_to_close(ops.releases) from public;

create function ops.close_release(release_id uuid, close_reason text) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- no role may close by an update
as $$
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
$$;
comment on function ops.close_release(uuid, text) is
  'Closes a release for good, as superseded or cancelled. It is eligible for nothing then, and its past stays. It takes deployments, health checks and stops, but no approvals, exceptions and builds that pass. Without facts its name is free again. Returns {release_id, closed_at, closed_by, close_reason, name_freed}, again for the same reason. For release managers, and for the machine that opened it while nothing stops it (42501). OPS04: unknown release. OPS12: it is closed for another reason. 22023: unknown reason.';
revoke execute on function ops.close_release(uuid, text) from public;
grant execute on function ops.close_release(uuid, text) to service_role, ci_service_role, release_manager;
