-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.keep_contested (
  c ops.contested_reports
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  insert into ops.contested_reports (
    release_id, gate_id, event_type, status, check_name, environment, target, deployment_ref, approver_id,
    persona_role, own_check, part, idempotency_key, payload_hash, error_code, ingest_id, observed_at
  ) values (
    c.release_id, c.gate_id, c.event_type, c.status, c.check_name, c.environment, c.target, c.deployment_ref,
    c.approver_id, c.persona_role, c.own_check, c.part, c.idempotency_key, c.payload_hash, c.error_code, c.ingest_id,
    c.observed_at
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."keep_contested"(ops.contested_reports) IS 'Writes a contested report.';

REVOKE ALL ON FUNCTION "ops_private"."keep_contested"(ops.contested_reports) FROM PUBLIC;
