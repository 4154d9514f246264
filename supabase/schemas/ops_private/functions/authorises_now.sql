-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.authorises_now (
  exception ops.exceptions
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  perform ops_private.require_reader('ops.exceptions', 'ops.approvals');
  return ops_private.authorises(exception, clock_timestamp());
end
$function$;

COMMENT ON FUNCTION "ops_private"."authorises_now"(ops.exceptions) IS 'Whether an exception has an effect now. For views. Raises 42501 when the caller may not read exceptions and approvals.';
