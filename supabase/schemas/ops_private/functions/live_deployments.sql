-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.live_deployments()
  RETURNS SETOF ops_private.live_deployment
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  ROWS 100
  SET search_path TO 'pg_catalog', 'pg_temp'
  SET plan_cache_mode TO 'force_generic_plan'
  AS $function$
declare
  v_projects text[];
begin
  perform ops_private.require_reader('ops.deployments', 'ops.releases');
  v_projects := case
    when ops_private.is_member_role(current_setting('role')) and not ops_private.sees_all()
      then ops_private.my_projects()
    else array(select r.project from ops.projects r)
  end;
  return query
  with recursive places as (
    select f.* from unnest(v_projects) as p (project) cross join lateral (
      select d.project, d.environment, d.target from ops.deployments d where d.project = p.project and not d.imported
      order by d.environment, d.target limit 1
    ) as f
    union all
    select n.* from places as p cross join lateral (
      select d.project, d.environment, d.target from ops.deployments d
      where d.project = p.project and not d.imported and (d.environment, d.target) > (p.environment, p.target)
      order by d.environment, d.target limit 1
    ) as n
  )
  select
    l.deployment_id,
    -- It came back when what was deployed after it was undone.
    greatest(l.deployed_at, (
      select max(u.status_observed_at) from ops.deployments u
      where u.project = p.project and u.environment = p.environment and u.target = p.target and not u.imported
        and u.status = 'rolled_back' and (u.deployed_at, u.deployment_ref) > (l.deployed_at, l.deployment_ref))),
    case when l.rollback_known then ops_private.went_back_to(l.deployment_id) end
  from places as p
  cross join lateral (
    select d.deployment_id, d.deployed_at, d.deployment_ref, d.rollback_known from ops.deployments d
    where d.project = p.project and d.environment = p.environment and d.target = p.target and not d.imported
      and d.status = 'succeeded'
    order by d.deployed_at desc, d.deployment_ref desc limit 1
  ) as l;
end
$function$;

COMMENT ON FUNCTION "ops_private"."live_deployments"() IS 'What is live at each place, which is an environment and a target of one of the reader''s projects: the newest deployment by (deployed_at, deployment_ref), of any release but those of the past, that succeeded and was not undone. For the view of what is live. Raises 42501 when the caller may not read deployments.';
