-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.log_refusal (
  envelope     jsonb,
  content      jsonb,
  payload_hash text,
  received_at  timestamp with time zone,
  outcome      ops.ops_processing_status,
  error        text,
  detail       jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_ingest_id constant uuid := ops_private.new_id();
  v_contested constant jsonb := ops_private.contest(envelope, content, log_refusal.received_at, error, v_ingest_id);
  v_release ops.releases;
begin
  select r.* into v_release from ops.releases r
  where r.release_id = ops_private.uuid_or_null(ops_private.short_text(envelope -> 'release_id'))
    and ops_private.sees(r.project);
  insert into ops.event_ingest_log (
    ingest_id, source_system, event_type, idempotency_key, schema_version, payload_hash, received_at,
    processing_status, error_code, error_detail, release_id, project, caller_role
  ) values (
    v_ingest_id, ops_private.loggable(envelope -> 'source_system'), ops_private.loggable(envelope -> 'event_type'),
    ops_private.loggable(envelope -> 'idempotency_key'), ops_private.loggable(envelope -> 'schema_version'),
    payload_hash, log_refusal.received_at, outcome, error, detail || coalesce(v_contested, '{}'),
    v_release.release_id, coalesce(v_release.project, ops_private.own_project(null)), ops_private.caller_role()
  );
  -- Only the log has the details of an unexpected error.
  return jsonb_build_object(
    'ingest_id', v_ingest_id, 'status', outcome, 'error', error,
    'detail', case outcome when 'error' then '{}' else detail end || coalesce(v_contested, '{}'));
end
$function$;

COMMENT ON FUNCTION "ops_private"."log_refusal"(jsonb, jsonb, text, timestamp with time zone, ops.ops_processing_status, text, jsonb) IS 'Writes the log row of a refused submission, whatever its envelope contains, and a contested report for each stop in it. Returns the answer with the reason.';

REVOKE ALL ON FUNCTION "ops_private"."log_refusal"(jsonb, jsonb, text, timestamp WITH time zone, ops.ops_processing_status, text, jsonb) FROM PUBLIC;
