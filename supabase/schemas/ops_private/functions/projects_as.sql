-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.projects_as (
  role  text,
  reach ops_private.reach[]
)
  RETURNS text[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.projects_in(array(select m from unnest(reach) as m where m.role = projects_as.role));
end
$function$;

COMMENT ON FUNCTION "ops_private"."projects_as"(text, ops_private.reach[]) IS 'The projects in which a person holds a role. Null for every project.';

REVOKE ALL ON FUNCTION "ops_private"."projects_as"(text, ops_private.reach[]) FROM PUBLIC;
