-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.live_at (
  place ops_private.place
)
  RETURNS ops_private.live_deployment
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_live ops.deployments;
  v_undone_at timestamptz;
begin
  select d.* into v_live from ops.deployments d
  where d.project = place.project and d.environment = place.environment and d.target = place.target
    and d.status = 'succeeded'
  order by d.deployed_at desc, d.deployment_ref desc limit 1;
  if not found then
    return null;
  end if;
  -- It came back when what was deployed after it was undone.
  v_undone_at := (
    select max(u.status_observed_at) from ops.deployments u
    where u.project = place.project and u.environment = place.environment and u.target = place.target
      and u.status = 'rolled_back' and (u.deployed_at, u.deployment_ref) > (v_live.deployed_at, v_live.deployment_ref));
  return row(
    v_live.deployment_id, greatest(v_live.deployed_at, v_undone_at), ops_private.went_back_to(v_live)
  )::ops_private.live_deployment;
end
$function$;

COMMENT ON FUNCTION "ops_private"."live_at"(ops_private.place) IS 'What is live at a place, of any release of its project: the newest by (deployed_at, deployment_ref) that succeeded and was not undone. Null when nothing is.';

REVOKE ALL ON FUNCTION "ops_private"."live_at"(ops_private.place) FROM PUBLIC;
