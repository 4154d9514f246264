-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gates_at_present (
  release ops.releases
)
  RETURNS SETOF ops.release_gates
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_verdict ops_private.gate_verdict;
  v_turned timestamptz;
begin
  if (release.judged_until <= ops_private.wall_clock()) is not true then
    return query select g.* from ops.release_gates g where g.release_id = release.release_id order by g.gate_code;
    return;
  end if;
  -- No fact changed the verdict: something began or ended with time. So that is since when it holds.
  v_turned := (
    select max(b.moment) from ops_private.turning_points as b
    left join ops.exceptions x on x.exception_id = b.exception_id
    where b.release_id = release.release_id and b.moment <= ops_private.wall_clock()
      and (b.exception_id is null or (ops_private.exception_approvals(x, 'infinity')).approved)
  );
  foreach v_verdict in array (ops_private.judge(release, 'G1', ops_private.present(release))).verdicts loop
    if (v_verdict.gate).status <> (v_verdict.stored).status then
      v_verdict.gate.entered_at := v_turned;
      v_verdict.gate.resolved_at := case when (v_verdict.gate).resolved_at is not null then v_turned end;
      v_verdict.gate.resolved_by := null;
    end if;
    return next v_verdict.gate;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."gates_at_present"(ops.releases) IS 'The four gates of a release as they are now, G1 first: as stored, unless something began or ended with time since; then judged again, with the moment at which that happened as entered_at. As the gate summary view, for those who may not read gates.';

REVOKE ALL ON FUNCTION "ops_private"."gates_at_present"(ops.releases) FROM PUBLIC;
