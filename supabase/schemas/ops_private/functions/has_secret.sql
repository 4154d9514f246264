-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.has_secret (
  value text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.shows_secret(value)
    or value ~ '%[0-9A-Fa-f]{2}|\\|\[[0-9;]*m' and ops_private.shows_secret(ops_private.decoded_once(value));
end
$function$;

COMMENT ON FUNCTION "ops_private"."has_secret"(text) IS 'Whether a text has something that looks like a secret, as it stands or after one pass of decoding. Null for null.';

REVOKE ALL ON FUNCTION "ops_private"."has_secret"(text) FROM PUBLIC;
