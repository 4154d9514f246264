-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.sees (
  project text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Each question about a release asks this. The secret key is answered without another call.
  return current_setting('role') = 'service_role' or ops_private.sees_all()
    or coalesce(project = any (ops_private.my_projects()), false);
end
$function$;

COMMENT ON FUNCTION "ops_private"."sees"(text) IS 'Whether the caller may act for a project. False for null, which stands for no project, unless they see all.';

REVOKE ALL ON FUNCTION "ops_private"."sees"(text) FROM PUBLIC;
