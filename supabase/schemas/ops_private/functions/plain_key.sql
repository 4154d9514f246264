-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.plain_key (
  idempotency_key text
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return regexp_replace(plain_key.idempotency_key, '/~i[0-9a-f]{12}$', '');
end
$function$;

COMMENT ON FUNCTION "ops_private"."plain_key"(text) IS 'An idempotency key without what clients put behind one that another fact has taken: /~i and twelve digits of the digest of what the event is about.';

REVOKE ALL ON FUNCTION "ops_private"."plain_key"(text) FROM PUBLIC;
