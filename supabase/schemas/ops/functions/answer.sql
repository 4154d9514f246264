CREATE OR REPLACE FUNCTION ops.answer (
  ingest_id uuid,
  status    ops.ops_processing_status,
  error     text,
  detail    jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return jsonb_build_object('ingest_id', ingest_id, 'status', status, 'detail', detail)
    || case when error is null then '{}' else jsonb_build_object('error', error) end;
end
$function$;

COMMENT ON FUNCTION "ops"."answer"(uuid, ops.ops_processing_status, text, jsonb) IS 'The body that every submission is answered with: {ingest_id, status, detail}, and error for refusals.';

REVOKE ALL ON FUNCTION "ops"."answer"(uuid, ops.ops_processing_status, text, jsonb) FROM PUBLIC;
