-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_own_role (
  VARIADIC allowed text[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if (current_setting('role') = any (allowed)) is not true then
    return ops_private.require_role(variadic allowed);
  elsif ops_private.roles_held() = '{}' then
    perform ops_private.refuse_stranger();
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_own_role"(text[]) IS 'Returns true when the role of the caller is one of those named, and the caller is an active member with any role: for the few functions that help out who lost the role that they act in. Raises 42501 otherwise.';

REVOKE ALL ON FUNCTION "ops_private"."require_own_role"(text[]) FROM PUBLIC;
