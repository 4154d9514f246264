-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_check_healed (
  report        ops.contested_reports,
  deployment_id uuid,
  since         timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.gate_checks gc
    where gc.release_id = report.release_id and gc.gate_id = report.gate_id and gc.check_name = report.check_name
      and gc.deployment_id is not distinct from contested_check_healed.deployment_id
      and gc.trusted and gc.status <> 'fail' and gc.observed_at > report.observed_at
      and gc.created_at > since
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_check_healed"(ops.contested_reports, uuid, timestamp with time zone) IS 'Whether a machine observed the check again, after the contested failure, and it did not fail. since: recorded after this moment.';

REVOKE ALL ON FUNCTION "ops_private"."contested_check_healed"(ops.contested_reports, uuid, timestamp WITH time zone) FROM PUBLIC;
