-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.roles_in (
  reach   ops_private.reach[],
  project text
)
  RETURNS text[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select distinct m.role from unnest(reach) as m
    where coalesce(m.project, roles_in.project) = roles_in.project order by m.role);
end
$function$;

COMMENT ON FUNCTION "ops_private"."roles_in"(ops_private.reach[], text) IS 'The roles that a person holds in a project, those for every project included.';

REVOKE ALL ON FUNCTION "ops_private"."roles_in"(ops_private.reach[], text) FROM PUBLIC;
