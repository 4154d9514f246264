-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_stamp_project()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  new.project := (select d.project from ops.deployments d where d.deployment_id = new.deployment_id);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_stamp_project"() IS 'Before insert of an incident: its project is that of the deployment. Null for an unknown one: the policies refuse both alike.';

REVOKE ALL ON FUNCTION "ops_private"."tg_stamp_project"() FROM PUBLIC;
