-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.project_of_event (
  named   text,
  release ops.releases
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_named constant text := ops_private.project_or_null(named);
  v_project text;
begin
  if named is not null and (release.release_id is not null and v_named is distinct from release.project
    or v_named is null or not ops_private.sees(v_named)) then
    perform ops_private.refuse_project(
      'unknown_project', 'expected a registered project that you may act for; with a release_id, that of the release');
  end if;
  v_project := coalesce(release.project, v_named, ops_private.own_project(null));
  if v_project is null and not ops_private.sees_all() then
    perform ops_private.refuse_project('required', 'expected a project: you act for several');
  end if;
  return v_project;
end
$function$;

COMMENT ON FUNCTION "ops_private"."project_of_event"(text, ops.releases) IS 'The project of an event that may have no release: that of the release, the one that it names, or the only one of the sender. Null for an event of every project. Refuses a project that is not known or not the sender''s, another one than that of the release, and none from a sender who has several (invalid_payload).';

REVOKE ALL ON FUNCTION "ops_private"."project_of_event"(text, ops.releases) FROM PUBLIC;
