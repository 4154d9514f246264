-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.contested_already (
  report ops.contested_reports,
  timed  boolean
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.contested_reports c
    where c.release_id = report.release_id
      and (c.event_type, c.gate_id, c.check_name, c.environment, c.target, c.deployment_ref, c.approver_id,
        c.persona_role, c.idempotency_key, c.own_check, c.part, c.created_by, c.created_role)
      is not distinct from (
        report.event_type, report.gate_id, report.check_name, report.environment, report.target,
        report.deployment_ref, report.approver_id, report.persona_role, report.idempotency_key, report.own_check,
        report.part, report.created_by, report.created_role)
      -- Events without a key are the same if they say the same.
      and (c.idempotency_key is not null or c.payload_hash is not distinct from report.payload_hash)
      and (c.observed_at >= report.observed_at or not timed and c.payload_hash = report.payload_hash)
      and not ops_private.has_ended(c, 'infinity')
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."contested_already"(ops.contested_reports, boolean) IS 'Whether the same stop of the same build and sender stands already under the same key, and was not observed earlier: the event was sent again. timed: whether the times of the event could be read; without them, and without a key, the content decides.';

REVOKE ALL ON FUNCTION "ops_private"."contested_already"(ops.contested_reports, boolean) FROM PUBLIC;
