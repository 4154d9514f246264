-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.not_looked_at (
  b         ops_private.asked_inbox,
  looked_at integer
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_custom_plan'
  AS $function$
begin
  if b.projects is null then
    return (
      select r.created_at from ops.releases r where r.closed_at is null
      order by r.created_at desc offset looked_at limit 1);
  end if;
  return (
    select max(o.created_at) from unnest(b.projects) as p (project)
    cross join lateral (
      select r.created_at from ops.releases r where r.project = p.project and r.closed_at is null
      order by r.created_at desc offset looked_at limit 1
    ) as o
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."not_looked_at"(ops_private.asked_inbox, integer) IS 'When the newest open release was opened that ops_private.releases_with_work does not look at. Null when it looks at all.';

REVOKE ALL ON FUNCTION "ops_private"."not_looked_at"(ops_private.asked_inbox, integer) FROM PUBLIC;
