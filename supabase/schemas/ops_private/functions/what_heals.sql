-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.what_heals (
  d   ops_private.deployed,
  own ops.ops_health
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when own = 'failed' or not d.is_own_commit
      then 'repair or roll back, deploy again, and report a passing health check'
    when d.undone_at is not null then 'deploy again, and report a passing health check'
    when d.ended is null then 'report that it succeeded, and a passing health check from monitoring or the pipeline'
    else 'for each check name report a passing health check from monitoring or the pipeline'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."what_heals"(ops_private.deployed, ops.ops_health) IS 'What makes a target healthy whose newest deployment is not, in words. own: what its reports and checks say.';

REVOKE ALL ON FUNCTION "ops_private"."what_heals"(ops_private.deployed, ops.ops_health) FROM PUBLIC;
