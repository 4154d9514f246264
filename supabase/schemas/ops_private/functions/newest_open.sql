-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.newest_open (
  before uuid,
  most   integer
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_custom_plan'
  AS $function$
declare
  v_before_at constant timestamptz := coalesce(
    (select r.created_at from ops.releases r where r.release_id = before), 'infinity');
begin
  return array(
    select r.release_id from ops.releases r
    where r.closed_at is null and r.created_at <= v_before_at
      and (before is null or (r.created_at, r.release_id) < (v_before_at, before))
    order by r.created_at desc, r.release_id desc limit most);
end
$function$;

COMMENT ON FUNCTION "ops_private"."newest_open"(uuid, integer) IS 'The newest open releases of all projects, the newest first. before: only those that were opened before this one; null for all.';

REVOKE ALL ON FUNCTION "ops_private"."newest_open"(uuid, integer) FROM PUBLIC;
