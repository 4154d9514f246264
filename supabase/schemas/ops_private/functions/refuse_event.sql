-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_event (
  error  text,
  detail jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = 'OPS20', message = error, detail = detail::text;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_event"(text, jsonb) IS 'Raises OPS20. ops.ingest_event turns it into a rejected log row and answer: the message is the error code, the detail is the detail of the answer.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_event"(text, jsonb) FROM PUBLIC;
