-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.latest_checks (
  release_id uuid,
  gate_id    uuid,
  as_of      timestamp with time zone
)
  RETURNS SETOF ops_private.latest_check
  LANGUAGE plpgsql
  STABLE
  ROWS 4
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  select distinct on (gc.deployment_id, gc.check_name, gc.trusted)
    gc.deployment_id, gc.check_name, gc.trusted, gc.status, gc.check_id
  from ops.gate_checks gc
  where gc.release_id = latest_checks.release_id and gc.gate_id = latest_checks.gate_id
    and gc.created_at <= latest_checks.as_of
  order by gc.deployment_id, gc.check_name, gc.trusted, gc.observed_at desc, gc.status, gc.created_at desc;
end
$function$;

COMMENT ON FUNCTION "ops_private"."latest_checks"(uuid, uuid, timestamp with time zone) IS 'The latest observation per deployment, check name and trust class on a gate at a moment, ordered by name. Of simultaneous observations the worse one counts; of equal ones, the one recorded last.';
