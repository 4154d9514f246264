-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.caller_role()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return coalesce(nullif(current_setting('role'), 'none'), session_user);
end
$function$;

COMMENT ON FUNCTION "ops_private"."caller_role"() IS 'The role of the caller: the one that `set role` chose, otherwise the user of the session. No function here changes it.';

REVOKE ALL ON FUNCTION "ops_private"."caller_role"() FROM PUBLIC;
