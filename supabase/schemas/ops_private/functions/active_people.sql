-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.active_people (
  project text,
  role    text
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    -- Two queries, so that each uses an index.
    select s.recorded_as from ops.v_memberships s
    where s.kind = 'person' and s.role = coalesce(active_people.role, s.role) and s.project is null
    union
    select s.recorded_as from ops.v_memberships s
    where s.kind = 'person' and s.role = coalesce(active_people.role, s.role) and s.project = active_people.project
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."active_people"(text, text) IS 'By which names records know the active people who hold a role (null: any) for a project; for null: for every project.';

REVOKE ALL ON FUNCTION "ops_private"."active_people"(text, text) FROM PUBLIC;
