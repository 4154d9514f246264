-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.answer_duplicate (
  s ops_private.submission
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, received_at, processing_status,
    duplicate_of, release_id, project, caller_role
  ) values (
    (s.first).source_system, s.event_type, s.idempotency_key, 'v1.0', (s.first).payload_hash, s.received_at,
    'duplicate', (s.first).ingest_id, (s.first).release_id, (s.first).project,
    current_setting('role')
  );
  return jsonb_build_object('ingest_id', (s.first).ingest_id, 'status', 'duplicate', 'detail', (s.first).result
    || case when (s.first).result ? 'gate' then ops_private.standing_now((s.first).result) else '{}' end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."answer_duplicate"(ops_private.submission) IS 'Logs a retry of an accepted event and returns the first answer, with how its gate and release stand now.';

REVOKE ALL ON FUNCTION "ops_private"."answer_duplicate"(ops_private.submission) FROM PUBLIC;
