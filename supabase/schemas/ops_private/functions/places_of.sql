-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.places_of (
  project text
)
  RETURNS SETOF ops_private.place
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  with recursive places as (
    (
      select d.environment, d.target from ops.deployments d where d.project = places_of.project
      order by d.environment, d.target limit 1
    )
    union all
    select n.environment, n.target from places as p cross join lateral (
      select d.environment, d.target from ops.deployments d
      where d.project = places_of.project and (d.environment, d.target) > (p.environment, p.target)
      order by d.environment, d.target limit 1
    ) as n
  )
  select places_of.project, p.environment, p.target::text from places as p;
end
$function$;

COMMENT ON FUNCTION "ops_private"."places_of"(text) IS 'The environments and targets to which something of a project was deployed.';

REVOKE ALL ON FUNCTION "ops_private"."places_of"(text) FROM PUBLIC;
