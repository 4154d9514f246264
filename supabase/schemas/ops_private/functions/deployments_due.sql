-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.deployments_due()
  RETURNS SETOF ops.notices
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  n ops.notices;
begin
  for n.release_id, n.project, n.deployment_id, n.environment, n.happened_at in
    select d.release_id, d.project, d.deployment_id, d.environment, d.status_observed_at + interval '4 hours'
    from ops.deployments d join ops.releases r on r.release_id = d.release_id
    where d.status = 'in_progress' and d.status_observed_at <= clock_timestamp() - interval '4 hours'
      and r.closed_at is null and d.project in (
        select t.project from ops.notice_targets t where t.replaced_at is null and 'deployment_unended' = any (t.kinds))
    order by d.release_id
  loop
    n.kind := 'deployment_unended';
    n.by_time := true;
    return next n;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."deployments_due"() IS 'The notices of deployments of open releases of which nobody reported the end for four hours, in projects where a target asks for them.';

REVOKE ALL ON FUNCTION "ops_private"."deployments_due"() FROM PUBLIC;
