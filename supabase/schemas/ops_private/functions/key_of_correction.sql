-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.key_of_correction (
  c ops.contested_reports
)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_key text := case when ops_private.may_be_key(c.idempotency_key, c.event_type, c.created_role)
    then c.idempotency_key end;
begin
  for attempt in 1..10 loop
    exit when not exists (
      select from ops.event_ingest_log l where l.idempotency_key = v_key and l.processing_status = 'accepted');
    v_key := ops_private.next_attempt(v_key);
  end loop;
  return case when octet_length(v_key) <= 255 then v_key end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."key_of_correction"(ops.contested_reports) IS 'The idempotency key under which the sender of a contested report can correct it: its own, or where that is taken the one of a later attempt. Null when no event of theirs can have it.';

REVOKE ALL ON FUNCTION "ops_private"."key_of_correction"(ops.contested_reports) FROM PUBLIC;
