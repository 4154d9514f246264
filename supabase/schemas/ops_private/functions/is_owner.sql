-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_owner()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case current_setting('role')
    when 'none' then pg_has_role(session_user, current_user, 'usage')
    else current_setting('role') = current_user
  end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_owner"() IS 'Whether the caller acts as the owner of the schemas, in any of the ways in which one does on the platform: a session of the owner, a superuser, or `set role` to the owner, as the login role of the CLI does. A role that may become the owner, and did not, is not the owner.';

REVOKE ALL ON FUNCTION "ops_private"."is_owner"() FROM PUBLIC;
