-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.without_member_role (
  event jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  -- Nobody gets one of these roles but by a membership, whatever another hook or a claim says.
  if ops_private.is_member_role(event #>> '{claims,role}') or event #>> '{claims,role}' = 'service_role' then
    return jsonb_set(event, '{claims,role}', '"authenticated"');
  end if;
  return event;
end
$function$;

COMMENT ON FUNCTION "ops_private"."without_member_role"(jsonb) IS 'The event of a sign-in with the role authenticated in place of one of the six roles or service_role, and otherwise as it is.';

REVOKE ALL ON FUNCTION "ops_private"."without_member_role"(jsonb) FROM PUBLIC;
