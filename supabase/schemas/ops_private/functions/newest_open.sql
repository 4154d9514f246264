-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.newest_open (
  b    ops_private.asked_inbox,
  most integer
)
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_custom_plan'
  AS $function$
begin
  return array(
    select n.release_id from (
      select r.release_id, r.project, r.created_at from ops.releases r where r.closed_at is null
      order by r.created_at desc, r.release_id desc limit most
    ) as n
    where b.projects is null or n.project = any (b.projects)
    order by n.created_at desc, n.release_id desc);
end
$function$;

COMMENT ON FUNCTION "ops_private"."newest_open"(ops_private.asked_inbox, integer) IS 'Of the newest open releases those of the person''s projects, the newest first. most: how many are looked at, of any project.';

REVOKE ALL ON FUNCTION "ops_private"."newest_open"(ops_private.asked_inbox, integer) FROM PUBLIC;
