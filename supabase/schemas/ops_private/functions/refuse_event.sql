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

COMMENT ON FUNCTION "ops_private"."refuse_event"(text, jsonb) IS 'Raises OPS20, which ops.ingest_event turns into a rejected row and answer: message is the code, detail the answer''s detail.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_event"(text, jsonb) FROM PUBLIC;
