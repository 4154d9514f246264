-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.tg_report_first()
  RETURNS TRIGGER
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  insert into ops.deployment_reports (release_id, deployment_id, status, observed_at, deployed_at, deployed_by)
  values (new.release_id, new.deployment_id, new.status, new.status_observed_at, new.deployed_at, new.deployed_by);
  if new.rollback_known and new.status = 'succeeded' then
    perform ops_private.report_deployment(new.rollback_of, 'rolled_back', new.status_observed_at);
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."tg_report_first"() IS 'After insert of a deployment: records its first report. When a rollback that goes back to something succeeded, the deployment that it undoes becomes rolled_back.';

REVOKE ALL ON FUNCTION "ops_private"."tg_report_first"() FROM PUBLIC;
