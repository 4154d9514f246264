-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.turned_at (
  release ops.releases
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select b.moment from (
      select t.moment, t.exception_id from ops_private.turning_points as t
      where t.release_id = release.release_id and t.moment <= ops_private.wall_clock()
        and (release.lapses_at is not null or not t.lapses)
      order by t.moment desc offset 0
    ) as b
    left join ops.exceptions x on x.exception_id = b.exception_id
    where b.exception_id is null or (ops_private.exception_approvals(x, 'infinity')).approved
    order by b.moment desc limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."turned_at"(ops.releases) IS 'When something about a release last began or ended with time alone: an exception that enough people approve, or an approval or artifact that lapsed.';

REVOKE ALL ON FUNCTION "ops_private"."turned_at"(ops.releases) FROM PUBLIC;
