-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.judged_deployment (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select d.deployment_id from ops_private.deployments_at(judged_deployment.release_id, judged_deployment.as_of) as d
    order by d.environment desc, d.place limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."judged_deployment"(uuid, timestamp with time zone) IS 'The deployment that G4 judges: the newest one in the furthest environment that the release has reached by a moment. Null when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."judged_deployment"(uuid, timestamp WITH time zone) FROM PUBLIC;
