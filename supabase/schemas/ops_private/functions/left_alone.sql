-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.left_alone (
  role    text,
  project text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return not exists (
    select from ops.v_memberships s
    where s.role = left_alone.role and (s.project is null or s.project = left_alone.project)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."left_alone"(text, text) IS 'Whether nobody holds a role for a project; with null, for every project.';

REVOKE ALL ON FUNCTION "ops_private"."left_alone"(text, text) FROM PUBLIC;
