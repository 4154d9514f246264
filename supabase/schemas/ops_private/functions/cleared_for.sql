-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.cleared_for (
  release_id uuid,
  statuses   ops.ops_gate_status[],
  as_of      timestamp with time zone
)
  RETURNS ops.ops_environment
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if statuses[1:2] <> '{passed,passed}' then
    return 'dev';
  elsif statuses[3] <> 'passed' or ops_private.standing_health(cleared_for.release_id, 'staging', as_of) = 'failed' then
    return 'staging';
  end if;
  return 'production';
end
$function$;

COMMENT ON FUNCTION "ops_private"."cleared_for"(uuid, ops.ops_gate_status[], timestamp with time zone) IS 'The furthest environment that these statuses (G1 first) and the health of staging allow. Only passed counts, not bypassed.';

REVOKE ALL ON FUNCTION "ops_private"."cleared_for"(uuid, ops.ops_gate_status[], timestamp WITH time zone) FROM PUBLIC;
