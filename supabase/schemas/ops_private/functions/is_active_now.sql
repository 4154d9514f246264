-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_active_now (
  exception ops.exceptions
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  -- The rule of ops_private.is_active. Views run this as the reader, who cannot call that by name.
  return exception.created_at <= v_now and exception.effective_from <= v_now and v_now < exception.expires_at
    and (exception.revoked_at is null or v_now < exception.revoked_at);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_active_now"(ops.exceptions) IS 'Whether an exception counts at this moment. For views.';
