CREATE OR REPLACE FUNCTION ops.answer_refused (
  ingest_id uuid,
  error     text,
  detail    jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return jsonb_build_object(
    'ingest_id', ingest_id, 'status', ops.refusal_status(error), 'error', error, 'detail', detail);
end
$function$;

COMMENT ON FUNCTION "ops"."answer_refused"(uuid, text, jsonb) IS 'The body that a refused submission is answered with: {ingest_id, status, error, detail}. Others have no error.';

REVOKE ALL ON FUNCTION "ops"."answer_refused"(uuid, text, jsonb) FROM PUBLIC;
