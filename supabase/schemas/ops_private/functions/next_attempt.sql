-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.next_attempt (
  idempotency_key text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_plain constant text := ops_private.plain_key(next_attempt.idempotency_key);
begin
  return format('%s/~%s', regexp_replace(v_plain, '/~[0-9]+$', ''),
    coalesce(substring(v_plain from '/~([0-9]+)$'), '1')::numeric + 1);
end
$function$;

COMMENT ON FUNCTION "ops_private"."next_attempt"(text) IS 'The idempotency key of the next attempt: /~2 behind one without a number, otherwise one more.';

REVOKE ALL ON FUNCTION "ops_private"."next_attempt"(text) FROM PUBLIC;
