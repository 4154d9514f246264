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
  v_next constant text := ops_private.next_attempt(c.idempotency_key);
begin
  return case
    when not ops_private.may_be_key(c.idempotency_key, c.event_type, c.created_role) then null
    when not exists (
      select from ops.event_ingest_log l
      where l.idempotency_key = c.idempotency_key and l.processing_status = 'accepted'
    ) then c.idempotency_key
    when octet_length(v_next) <= 255 then v_next end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."key_of_correction"(ops.contested_reports) IS 'The idempotency key under which the sender of a contested report can correct it: its own, or where that is taken the one of the next attempt. Null when no event of theirs can have it.';

REVOKE ALL ON FUNCTION "ops_private"."key_of_correction"(ops.contested_reports) FROM PUBLIC;
