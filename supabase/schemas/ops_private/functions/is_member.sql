-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_member()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return ops_private.caller_member() is not null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_member"() IS 'Whether the subject of the caller''s token is an active member with the role that the caller acts in, in any project. A role in a token alone gives nothing.';
