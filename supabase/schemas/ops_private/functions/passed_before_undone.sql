-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.passed_before_undone (
  release_id uuid,
  gate_id    uuid,
  d          ops_private.deployed,
  as_of      timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select bool_and(c.status = 'pass') from (
      select distinct on (gc.check_name) gc.status from ops.gate_checks gc
      where gc.release_id = passed_before_undone.release_id and gc.gate_id = passed_before_undone.gate_id
        and gc.deployment_id = d.deployment_id and gc.trusted and gc.observed_at <= d.undone_at
        and gc.created_at <= passed_before_undone.as_of
      order by gc.check_name, gc.observed_at desc, gc.status
    ) as c
  ) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."passed_before_undone"(uuid, uuid, ops_private.deployed, timestamp with time zone) IS 'Whether the trusted checks of a deployment that was rolled back all passed until then. What is observed later is another version.';

REVOKE ALL ON FUNCTION "ops_private"."passed_before_undone"(uuid, uuid, ops_private.deployed, timestamp WITH time zone) FROM PUBLIC;
