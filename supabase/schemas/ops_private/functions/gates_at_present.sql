-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gates_at_present (
  release ops.releases,
  stored  ops.release_gates[]
)
  RETURNS ops.release_gates[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_now timestamptz;
  v_verdicts ops_private.gate_verdict[];
  v_gates ops.release_gates[] := '{}'::ops.release_gates[];
  g ops.release_gates;
  v_turned timestamptz;
begin
  if (release.judged_until <= ops_private.wall_clock()) is not true then
    return stored;
  end if;
  v_now := ops_private.present(release);
  if ops_private.must_be_judged(release, v_now) then
    v_verdicts := (ops_private.judge(release, 'G1', v_now)).verdicts;
  end if;
  for v_place in 1 .. cardinality(stored) loop
    g := stored[v_place];
    if v_verdicts is not null then
      g := (v_verdicts[v_place]).gate;
    else
      g.status := g.status_without_exception;
      g.first_missing := g.first_missing_without_exception;
      g.exception_id := null;
    end if;
    if g.status <> (stored[v_place]).status then
      -- No fact changed the verdict: something began or ended with time. So that is since when it holds.
      v_turned := coalesce(v_turned, ops_private.turned_at(release));
      g.entered_at := v_turned;
      g.resolved_at := case when g.status in ('passed', 'failed', 'bypassed') then v_turned end;
      g.resolved_by := null;
    end if;
    v_gates := v_gates || g;
  end loop;
  return v_gates;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gates_at_present"(ops.releases, ops.release_gates[]) IS 'The four gates of a release as they are now, G1 first: as stored, unless something began or ended with time since; then with the moment at which that happened as entered_at. They are judged again only while an exception has an effect, or after something lapsed. As the gate summary view, for those who may not read gates. stored: the four gates as they are stored, G1 first.';

REVOKE ALL ON FUNCTION "ops_private"."gates_at_present"(ops.releases, ops.release_gates[]) FROM PUBLIC;
