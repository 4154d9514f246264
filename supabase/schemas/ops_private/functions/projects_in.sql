-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.projects_in (
  reach ops_private.reach[]
)
  RETURNS text[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select case when not coalesce(bool_or(m.project is null), false)
      then coalesce(array_agg(distinct m.project), '{}') end
    from unnest(reach) as m
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."projects_in"(ops_private.reach[]) IS 'The projects in which a person holds any role. Null for every project.';

REVOKE ALL ON FUNCTION "ops_private"."projects_in"(ops_private.reach[]) FROM PUBLIC;
