-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_end_that_counts (
  status      ops.ops_deployment_status,
  observed_at timestamp with time zone,
  undone_at   timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return status = 'failed' or status = 'succeeded' and (observed_at <= undone_at) is not false;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_end_that_counts"(ops.ops_deployment_status, timestamp with time zone, timestamp with time zone) IS 'Whether a report is of an end of a deployment that counts: failed, or succeeded unless that was observed after the deployment was undone. undone_at: null when it was not.';

REVOKE ALL ON FUNCTION "ops_private"."is_end_that_counts"(ops.ops_deployment_status, timestamp WITH time zone, timestamp WITH time zone) FROM PUBLIC;
