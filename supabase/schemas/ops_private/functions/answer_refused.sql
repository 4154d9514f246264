-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.answer_refused (
  s ops_private.submission
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  s := ops_private.examine(s);
  return jsonb_build_object(
    'ingest_id', ops_private.log_refusal(
      s.envelope, encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex'), s.received_at, s.outcome, s.error,
      s.detail),
    'status', s.outcome, 'error', s.error, 'detail', case s.outcome when 'error' then '{}' else s.detail end);
end
$function$;

COMMENT ON FUNCTION "ops_private"."answer_refused"(ops_private.submission) IS 'Writes the log row of a refused submission and returns the answer with the reason. Only the log has the details of an unexpected error.';

REVOKE ALL ON FUNCTION "ops_private"."answer_refused"(ops_private.submission) FROM PUBLIC;
