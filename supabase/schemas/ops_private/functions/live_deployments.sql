-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.live_deployments()
  RETURNS SETOF ops_private.live_deployment
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  ROWS 100
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.deployments', 'ops.releases');
  return query
  select l.*
  from unnest(case
    when ops_private.is_member_role(current_setting('role')) and not ops_private.sees_all()
      then ops_private.my_projects()
    else array(select r.project from ops.projects r)
  end) as p (project)
  cross join lateral ops_private.places_of(p.project) as o
  cross join lateral ops_private.live_at(o) as l
  where l.deployment_id is not null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."live_deployments"() IS 'What is live in each environment and target of the reader''s projects. For the view of what is live. Raises 42501 when the caller may not read deployments.';
