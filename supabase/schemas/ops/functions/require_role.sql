CREATE OR REPLACE FUNCTION ops.require_role (
  VARIADIC allowed text[]
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  if (current_setting('role') = any (allowed)) is not true then
    raise exception using errcode = '42501', message = format('role %s may not do this', ops.caller_role()),
      detail = format('allowed: %s', array_to_string(allowed, ', ')),
      hint = 'use a token of one of these roles, or a secret key for service_role; in SQL, `set role` first';
  end if;
end
$function$;

COMMENT ON FUNCTION "ops"."require_role"(text[]) IS 'Raises 42501 unless the caller''s role is one of those named. Every definer function that a role can execute calls it first.';

REVOKE ALL ON FUNCTION "ops"."require_role"(text[]) FROM PUBLIC;
