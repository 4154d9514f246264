-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.my_projects()
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select s.project from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
      and s.role = current_setting('role') and s.project is not null
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."my_projects"() IS 'The projects for which the caller holds the role that they act in. A membership in another role gives nothing. Those who see all (ops_private.sees_all) may have none here.';
