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
  return ops_private.log_refusal(
    s.envelope, s.content, encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex'), s.received_at, s.outcome,
    s.error, s.detail);
end
$function$;

COMMENT ON FUNCTION "ops_private"."answer_refused"(ops_private.submission) IS 'Examines a refused submission, logs it and returns the answer with the reason.';

REVOKE ALL ON FUNCTION "ops_private"."answer_refused"(ops_private.submission) FROM PUBLIC;
