-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refuse_stranger()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_held constant text[] := ops_private.roles_held();
begin
  perform ops_private.refuse_replaced();
  raise exception using errcode = '42501',
    message = format('you are no active member with role %s', ops_private.caller_role()),
    detail = case when v_held = '{}' then 'a role in a token gives nothing without a membership'
      else format('you hold: %s', array_to_string(v_held, ', ')) end,
    hint = case when v_held = '{}'
      then 'ask for a membership (ops.grant_membership), then sign in again for a token with its role'
      else format('act in a role that you hold: ops.act_as (ops-gates act-as %s), or sign in again', v_held[1]) end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."refuse_stranger"() IS 'Raises 42501: the caller acts in one of the six roles and has no active membership with it. It names the roles that they hold.';

REVOKE ALL ON FUNCTION "ops_private"."refuse_stranger"() FROM PUBLIC;
