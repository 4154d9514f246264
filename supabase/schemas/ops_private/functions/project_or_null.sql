-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.project_or_null (
  project text
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select p.project from ops.projects p
    where octet_length(project_or_null.project) <= 255
      and lower(p.project collate "C") = lower(project_or_null.project collate "C")
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."project_or_null"(text) IS 'The spelling of the registered project that is named in any case. Null when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."project_or_null"(text) FROM PUBLIC;
