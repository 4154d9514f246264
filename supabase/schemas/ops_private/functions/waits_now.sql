-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.waits_now (
  n ops.notices
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_release ops.releases;
  v_gates constant ops.release_gates[] := ops_private.stored_gates(n.release_id);
begin
  select r.* into v_release from ops.releases r where r.release_id = n.release_id;
  if v_release.closed_at is not null then
    return '{}'::text[];
  end if;
  return coalesce((
    select array(select p from unnest(ops_private.awaited_at(g)) as p where p = any (n.personas))
    from unnest(ops_private.gates_in_turn(v_release, v_gates, clock_timestamp())) as g
    where g.gate_code = n.gate_code
  ), '{}');
end
$function$;

COMMENT ON FUNCTION "ops_private"."waits_now"(ops.notices) IS 'Those of the roles that a notice was written for, for which its gate still waits.';

REVOKE ALL ON FUNCTION "ops_private"."waits_now"(ops.notices) FROM PUBLIC;
