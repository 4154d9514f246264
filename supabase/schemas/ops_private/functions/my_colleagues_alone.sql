-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.my_colleagues_alone()
  RETURNS uuid[]
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select s.member_id from ops.memberships s
    group by s.member_id
    having bool_and(s.project is not null and s.project = any (ops_private.my_projects()))
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."my_colleagues_alone"() IS 'The members who hold and held roles in the caller''s projects alone. What is recorded of other people may be of another project.';
