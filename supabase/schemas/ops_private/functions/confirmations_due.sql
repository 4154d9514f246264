-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.confirmations_due()
  RETURNS SETOF ops.notices
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  n ops.notices;
begin
  -- A notice names the deployment, so each newest deployment is told of once.
  for n.release_id, n.project, n.gate_code, n.personas, n.environment, n.deployment_id, n.happened_at in
    select
      g.release_id, g.project, g.gate_code, ops_private.awaited_at(g), d.environment, d.deployment_id,
      d.status_observed_at + interval '1 day'
    from ops.release_gates g join ops.releases r on r.release_id = g.release_id
    cross join lateral (
      select w.* from ops.deployments w where w.release_id = g.release_id
      order by w.created_at desc, w.deployment_id desc limit 1
    ) as d
    where r.closed_at is null and r.project in (
        select t.project from ops.notice_targets t where t.replaced_at is null and 'gate_waits' = any (t.kinds))
      and g.gate_code = 'G4' and g.status in ('pending', 'in_progress')
      and d.status = 'succeeded' and d.status_observed_at <= clock_timestamp() - interval '1 day'
    order by g.release_id
  loop
    n.kind := 'gate_waits';
    n.by_time := true;
    if n.personas <> '{}' then
      return next n;
    end if;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops_private"."confirmations_due"() IS 'The notices of G4 of open releases whose newest deployment succeeded a day ago and is not confirmed, in projects where a target asks for them.';

REVOKE ALL ON FUNCTION "ops_private"."confirmations_due"() FROM PUBLIC;
