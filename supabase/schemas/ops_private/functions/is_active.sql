-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_active (
  exception ops.exceptions,
  at        timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exception.created_at <= at and exception.effective_from <= at and at < exception.expires_at
    and (exception.revoked_at is null or at < exception.revoked_at);
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_active"(ops.exceptions, timestamp with time zone) IS 'Whether an exception counts at a moment: it was recorded by then, effective_from <= at < expires_at, and it was not revoked by then. The only place of this rule.';
