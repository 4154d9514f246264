-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.own_project (
  project text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_mine text[];
begin
  if project is not null then
    return ops_private.project_named(project);
  elsif not ops_private.sees_all() then
    v_mine := ops_private.my_projects();
    return case when cardinality(v_mine) = 1 then v_mine[1] end;
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."own_project"(text) IS 'The project of a fact that belongs to no release: the one that is named (as ops_private.project_named), or else the only one of the caller. Null when they have several, and for those who see all: then members of every project see it.';

REVOKE ALL ON FUNCTION "ops_private"."own_project"(text) FROM PUBLIC;
