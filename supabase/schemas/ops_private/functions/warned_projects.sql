-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.warned_projects()
  RETURNS SETOF text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return query
  with special as (
    select q.project from ops.gate_requirements q where q.project is not null and q.valid_to is null
    union
    select s.project from ops.v_memberships s where s.project is not null
  )
  select s.project from special s
  union all
  -- All others have the same policy and the same people.
  select null
  where not exists (select from special)
    or exists (select from ops.projects p where p.project not in (select s.project from special s))
  order by 1 nulls first;
end
$function$;

COMMENT ON FUNCTION "ops_private"."warned_projects"() IS 'The projects with requirements or members of their own, and null for all others, if there are any.';

REVOKE ALL ON FUNCTION "ops_private"."warned_projects"() FROM PUBLIC;
