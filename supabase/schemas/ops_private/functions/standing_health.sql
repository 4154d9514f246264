-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.standing_health (
  release     ops.releases,
  environment ops.ops_environment,
  as_of       timestamp with time zone
)
  RETURNS ops.ops_health
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select case
      when bool_or(t.health = 'failed' and not t.retired) then 'failed'
      when bool_and(t.health = 'passed') filter (where not t.retired) then 'passed'
      when count(*) > 0 then 'pending'
    end::ops.ops_health
    from ops_private.targets_at(release, standing_health.environment, standing_health.as_of) as t
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."standing_health"(ops.releases, ops.ops_environment, timestamp with time zone) IS 'Health of all targets of an environment at a moment, without those that were taken out: failed when one failed, passed when all passed, otherwise pending; also pending when all were taken out. Null without a deployment.';

REVOKE ALL ON FUNCTION "ops_private"."standing_health"(ops.releases, ops.ops_environment, timestamp WITH time zone) FROM PUBLIC;
