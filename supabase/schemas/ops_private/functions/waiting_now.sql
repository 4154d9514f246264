-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.waiting_now (
  release_id uuid
)
  RETURNS SETOF ops_private.waiting_gate
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  ROWS 2
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_gates ops.release_gates[];
  v_now timestamptz;
begin
  perform ops_private.require_reader('ops.releases', 'ops.release_gates');
  v_release := ops_private.release_named(waiting_now.release_id);
  v_now := ops_private.present(v_release);
  v_gates := ops_private.gates_at_present(v_release, ops_private.stored_gates(waiting_now.release_id));
  return query
  select
    g.gate_code, g.status, ops_private.waits_since(v_gates, g.gate_code), array(
      select distinct f.who from unnest(v.findings) as f
      where f.state <> 'satisfied' and f.enforcement = 'blocking' and f.kind is distinct from 'prior_gate'
        and f.who is not null
      order by f.who), g.first_missing
  from unnest(ops_private.gates_in_turn(v_release, v_gates, v_now)) as g
  join unnest((ops_private.judge(v_release, 'G1', v_now)).verdicts) as v on (v.gate).gate_id = g.gate_id
  where v_release.closed_at is null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."waiting_now"(uuid) IS 'The gates of a release that wait now, by the facts and the active exceptions. For the view of what waits, of releases of which the stored verdicts say too little. Raises 42501 when the caller may not read gates.';
