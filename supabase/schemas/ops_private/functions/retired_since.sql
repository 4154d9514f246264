-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.retired_since (
  release_id  uuid,
  environment ops.ops_environment,
  target      text
)
  RETURNS timestamp WITH time zone
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.deployments', 'ops.retired_targets');
  return (
    select ops_private.target_retired_at(r, retired_since.environment, retired_since.target, 'infinity')
    from ops.releases r where r.release_id = retired_since.release_id
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."retired_since"(uuid, ops.ops_environment, text) IS 'Since when a target is out for a release now; null when it is not. For the deployment view. Raises 42501 when the caller may not read deployments.';
