-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.gates_part (
  release ops.releases,
  as_of   timestamp with time zone,
  past    boolean
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_by_whom constant boolean := ops_private.reads('ops.release_gates');
  v_gates ops.release_gates[] := '{}'::ops.release_gates[];
begin
  if not past then
    v_gates := ops_private.gates_at_present(release, ops_private.stored_gates(release.release_id));
  end if;
  return (
    select jsonb_agg(jsonb_build_object(
      'gate_id', (v.gate).gate_id, 'gate_code', (v.gate).gate_code, 'gate_name', (v.gate).gate_name,
      'status', (v.gate).status, 'exception_id', (v.gate).exception_id,
      'since', coalesce(g.resolved_at, g.entered_at, g.created_at),
      'resolved_by', case when v_by_whom then g.resolved_by end,
      'findings', coalesce((select jsonb_agg(to_jsonb(f)) from unnest(v.findings) as f), '[]')
    ) order by (v.gate).gate_code)
    from unnest((ops_private.judge(release, 'G1', as_of, in_full => true)).verdicts) as v
    left join unnest(v_gates) as g on g.gate_id = (v.gate).gate_id
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."gates_part"(ops.releases, timestamp with time zone, boolean) IS 'The gates of a release at a moment: the verdict on each and every finding. since is not replayed, so it is null for a past moment; resolved_by also for a role that may not read gates.';

REVOKE ALL ON FUNCTION "ops_private"."gates_part"(ops.releases, timestamp WITH time zone, boolean) FROM PUBLIC;
