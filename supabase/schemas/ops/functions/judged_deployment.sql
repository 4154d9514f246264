CREATE OR REPLACE FUNCTION ops.judged_deployment (
  release_id uuid,
  as_of      timestamp with time zone
)
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return (
    select d.deployment_id from ops.deployments_at(judged_deployment.release_id, judged_deployment.as_of) as d
    order by d.environment desc, d.deployed_at desc, d.deployment_ref desc limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops"."judged_deployment"(uuid, timestamp with time zone) IS 'The deployment that G4 looks at: the newest one in the furthest environment reached by a moment; null before any.';

REVOKE ALL ON FUNCTION "ops"."judged_deployment"(uuid, timestamp WITH time zone) FROM PUBLIC;
