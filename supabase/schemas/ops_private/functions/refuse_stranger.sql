-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_stranger()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  raise exception using errcode = '42501',
    message = format('you are no active member with role %s', ops_private.caller_role()),
    detail = 'a role in a token gives nothing without a membership',
    hint = 'ask for a membership (ops.grant_membership), then sign in again for a token with its role';
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_stranger"() IS 'Raises 42501: the caller acts in one of the six roles and has no active membership with it.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_stranger"() FROM PUBLIC;
