-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.require_role (
  VARIADIC allowed text[]
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := current_setting('role');
begin
  if (v_role = any (allowed)) is not true then
    raise exception using errcode = '42501', message = format('role %s may not do this', ops_private.caller_role()),
      detail = format('only these roles may: %s', array_to_string(allowed, ', ')),
      hint = ops_private.hint_to_act_as(allowed,
        'use a token with one of these roles, or a secret key for service_role; in SQL, run `set role` first');
  elsif v_role <> 'service_role' and not ops_private.is_member() then
    perform ops_private.refuse_stranger();
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."require_role"(text[]) IS 'Returns true when the role of the caller is one of those named, and, for the six roles, when the caller is an active member with it. Raises 42501 otherwise. Each definer function that a role may execute calls this first.';

REVOKE ALL ON FUNCTION "ops_private"."require_role"(text[]) FROM PUBLIC;
