-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.places_of (
  project text
)
  RETURNS SETOF ops.deployments
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  with recursive places as (
    (
      select d from ops.deployments d where d.project = places_of.project
      order by d.environment, d.target limit 1
    )
    union all
    select n.next from places as p cross join lateral (
      select next from ops.deployments next
      where next.project = places_of.project
        and (next.environment, next.target) > ((p.d).environment, (p.d).target)
      order by next.environment, next.target limit 1
    ) as n
  )
  select (p.d).* from places as p;
end
$function$;

COMMENT ON FUNCTION "ops_private"."places_of"(text) IS 'Any one deployment of each environment and target to which something of a project was deployed.';

REVOKE ALL ON FUNCTION "ops_private"."places_of"(text) FROM PUBLIC;
