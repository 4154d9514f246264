-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.own_releases()
  RETURNS SETOF uuid
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_all boolean;
  v_projects text[];
begin
  perform ops_private.require_role('developer');
  v_all := ops_private.sees_all();
  v_projects := ops_private.my_projects();
  return query
  select r.release_id from ops.releases r
  where ops_private.current_actor() in (r.initiating_actor, r.created_by)
    and (v_all or r.project = any (v_projects));
end
$function$;

COMMENT ON FUNCTION "ops_private"."own_releases"() IS 'The releases of the caller''s projects that they initiated or opened. A developer may read their checks and add to them.';
