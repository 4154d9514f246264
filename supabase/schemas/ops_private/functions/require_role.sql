-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_role (
  VARIADIC allowed text[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (current_setting('role') = any (allowed)) is not true then
    raise exception using errcode = '42501', message = format('role %s may not do this', ops_private.caller_role()),
      detail = format('only these roles may: %s', array_to_string(allowed, ', ')),
      hint = 'use a token with one of these roles, or a secret key for service_role; in SQL, run `set role` first';
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_role"(text[]) IS 'Returns true when the caller''s role is one of those named, otherwise raises 42501. Every definer function that a role may execute calls this first.';

REVOKE ALL ON FUNCTION "ops_private"."require_role"(text[]) FROM PUBLIC;
