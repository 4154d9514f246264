-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.exception_state (
  exception ops.exceptions,
  at        timestamp with time zone,
  active    boolean
)
  RETURNS text
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case
    when active then 'active'
    when exception.revoked_at <= at then 'revoked'
    when at < exception.effective_from then 'upcoming'
    else 'expired'
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."exception_state"(ops.exceptions, timestamp with time zone, boolean) IS 'The state of an exception at a moment: active, revoked, upcoming or expired. active: what ops_private.is_active says of it then; this function cannot ask, because a view calls it as its reader.';
