-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.my_colleagues()
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select distinct s.member_id from ops.memberships s
    where s.project is null or s.project = any (ops_private.my_projects())
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."my_colleagues"() IS 'The members who hold or held any role in one of the caller''s projects, or in every project.';
