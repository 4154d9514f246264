-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.end_of (
  release_id    uuid,
  deployment_id uuid,
  as_of         timestamp with time zone
)
  RETURNS ops.deployment_reports
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_undone_at constant timestamptz := ops_private.undone_at(release_id, deployment_id, as_of);
  v_end ops.deployment_reports;
begin
  select r.* into v_end from ops.deployment_reports r
  where r.release_id = end_of.release_id and r.deployment_id = end_of.deployment_id
    and r.created_at <= end_of.as_of
    and ops_private.is_end_that_counts(r.status, r.observed_at, v_undone_at)
  order by r.observed_at desc, r.status = 'failed' desc limit 1;
  return v_end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."end_of"(uuid, uuid, timestamp with time zone) IS 'The newest report of an end of a deployment, as known at a moment: succeeded or failed. A success that was observed after the deployment was rolled back does not count.';

REVOKE ALL ON FUNCTION "ops_private"."end_of"(uuid, uuid, timestamp WITH time zone) FROM PUBLIC;
