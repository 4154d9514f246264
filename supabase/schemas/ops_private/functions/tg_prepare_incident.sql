-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_prepare_incident()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if not ops_private.acts_for_all() then
    new.incident_id := ops_private.new_id(); -- one that the caller chose would tell whether it is taken
  end if;
  new.project := (select d.project from ops.deployments d where d.deployment_id = new.deployment_id);
  return new;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_prepare_incident"() IS 'Before insert of an incident: sets its key, and its project, which is that of the deployment. Null for an unknown one: the policies refuse both alike.';

REVOKE ALL ON FUNCTION "ops_private"."tg_prepare_incident"() FROM PUBLIC;
