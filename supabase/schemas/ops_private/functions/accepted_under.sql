-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.accepted_under (
  idempotency_key text
)
  RETURNS ops.event_ingest_log
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select l from ops.event_ingest_log l
    where l.idempotency_key = accepted_under.idempotency_key and l.processing_status = 'accepted'
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."accepted_under"(text) IS 'The accepted submission under a key; nulls when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."accepted_under"(text) FROM PUBLIC;
