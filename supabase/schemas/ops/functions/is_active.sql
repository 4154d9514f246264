CREATE OR REPLACE FUNCTION ops.is_active (
  exception ops.exceptions,
  at        timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return exception.created_at <= at and exception.effective_from <= at and at < exception.expires_at
    and (exception.revoked_at is null or at < exception.revoked_at);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."is_active"(ops.exceptions, timestamp WITH time zone) TO "audit_reader", "release_manager", "service_role";

COMMENT ON FUNCTION "ops"."is_active"(ops.exceptions, timestamp with time zone) IS 'The one rule for when an exception counts: recorded by then, effective_from <= at < expires_at, not revoked by then.';

REVOKE ALL ON FUNCTION "ops"."is_active"(ops.exceptions, timestamp WITH time zone) FROM PUBLIC;
