-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_outcome (
  outcome     text,
  http_status integer,
  error_code  text
)
  RETURNS void
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (outcome = 'delivered' and error_code is null or outcome = 'failed' and error_code in (
    'http_status', 'timeout', 'connection', 'tls', 'redirect', 'private_address', 'name_not_found', 'secret_missing',
    'secret_malformed', 'too_large', 'address_refused', 'unexpected')) is not true
    or http_status not between 100 and 599 then
    raise exception using errcode = '22023', message = 'this is no outcome of a delivery',
      detail = 'outcome is delivered, or failed with an error_code; http_status is 100 to 599, or null',
      hint = 'error_code is http_status, timeout, connection, tls, redirect, private_address, name_not_found, '
        'secret_missing, secret_malformed, too_large, address_refused or unexpected';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_outcome"(text, integer, text) IS 'Raises 22023 unless these say how a delivery ended.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_outcome"(text, integer, text) FROM PUBLIC;
