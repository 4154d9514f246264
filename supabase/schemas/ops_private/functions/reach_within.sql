-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.reach_within (
  reach    ops_private.reach[],
  projects text[]
)
  RETURNS ops_private.reach[]
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case when projects is null then reach else array(
    select row(m.role, p)::ops_private.reach from unnest(reach) as m cross join unnest(projects) as p
    where coalesce(m.project, p) = p
  ) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."reach_within"(ops_private.reach[], text[]) IS 'The roles that a person holds in some of their projects; null for all.';

REVOKE ALL ON FUNCTION "ops_private"."reach_within"(ops_private.reach[], text[]) FROM PUBLIC;
