-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_address (
  value text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- supabase/functions/ops-event-ingest/fields.ts has the same list.
  return octet_length(value) <= 8192 and value ~* '^((https?|s3|gs|azblob|oci|git)://[^/?#[:space:][:cntrl:]]|file://)[^[:space:][:cntrl:]]*$';
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_address"(text) IS 'Whether a text is an absolute address with a scheme of the closed list: http, https, s3, gs, azblob, oci, git, and file, which ops_private.tg_refuse_local allows in the local stack only. Null for null.';

REVOKE ALL ON FUNCTION "ops_private"."is_address"(text) FROM PUBLIC;
