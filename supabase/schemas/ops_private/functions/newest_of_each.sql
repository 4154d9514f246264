-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.newest_of_each (
  b    ops_private.inbox_scope,
  most integer,
  OUT  newest uuid[],
  OUT  beyond timestamp with time zone
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_custom_plan'
  AS $function$
begin
  select
    coalesce(
      array_agg(o.release_id order by o.created_at desc, o.release_id desc) filter (where o.place <= most), '{}'),
    max(o.created_at) filter (where o.place > most)
  into newest, beyond
  from unnest(b.projects) as p (project)
  cross join lateral (
    select r.release_id, r.created_at, row_number() over (order by r.created_at desc, r.release_id desc) as place
    from ops.releases r where r.project = p.project and r.closed_at is null
    order by r.created_at desc, r.release_id desc limit most + 1
  ) as o;
end
$function$;

COMMENT ON FUNCTION "ops_private"."newest_of_each"(ops_private.inbox_scope, integer) IS 'newest: the newest open releases of each of the person''s projects, so that a busy project hides no other; in all the newest first. beyond: when the newest of the others was opened; null without any. most: how many of each project.';

REVOKE ALL ON FUNCTION "ops_private"."newest_of_each"(ops_private.inbox_scope, integer) FROM PUBLIC;
