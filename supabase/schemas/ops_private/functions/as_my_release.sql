-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.as_my_release (
  release ops.releases,
  stored  ops.release_gates[]
)
  RETURNS ops.my_release
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  m ops.my_release;
  g ops.release_gates;
  v_now constant timestamptz := ops_private.present(release);
  v_outdated constant boolean := (release.judged_until <= v_now) is true;
  v_gates constant ops.release_gates[] := case when v_outdated
    then ops_private.gates_at_present(release, stored) else stored end;
begin
  m := row(
    release.release_id, release.project, release.release_name, release.environment_target, release.source_ref,
    release.initiating_actor, release.status, release.created_at, release.closed_at, release.close_reason, '[]',
    release.cleared_for >= 'staging', release.cleared_for >= 'production', null, null, null);
  if v_outdated or release.excepted or release.asks_beyond or release.closed_at is not null then
    select w.to_staging, w.to_production into m.eligible_for_staging, m.eligible_for_production
    from ops_private.may_go(release, v_now) as w;
  end if;
  foreach g in array v_gates loop
    m.gates := m.gates || jsonb_build_object(
      'gate_code', g.gate_code, 'status', g.status, 'since', coalesce(g.resolved_at, g.entered_at, g.created_at));
    if m.waits_at is null and g.status not in ('passed', 'bypassed') and release.closed_at is null then
      m.waits_at := g.gate_code;
      m.waits_for := g.first_missing;
      m.waits_since := ops_private.waits_since(v_gates, g.gate_code);
    end if;
  end loop;
  -- The gates before it are cleared, and still it may not go there: then something beside the gates keeps it out.
  if release.closed_at is null and (m.waits_at < 'G4') is not true and release.status <> 'promoted'
    and not (case release.environment_target
      when 'production' then m.eligible_for_production when 'staging' then m.eligible_for_staging else true end) then
    select b.gate_code, format('%s (%s)', b.requirement, b.detail), null::timestamptz
    into m.waits_at, m.waits_for, m.waits_since
    from ops_private.blockers_of(release, release.environment_target, v_now) as b limit 1;
  end if;
  return m;
end
$function$;

COMMENT ON FUNCTION "ops_private"."as_my_release"(ops.releases, ops.release_gates[]) IS 'What a page says of one release. It is judged again only where time alone changed something. stored: its gates as they are stored, G1 first.';

REVOKE ALL ON FUNCTION "ops_private"."as_my_release"(ops.releases, ops.release_gates[]) FROM PUBLIC;
