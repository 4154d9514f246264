-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_member()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return exists (
    select from ops.role_members m
    where lower(m.subject) = lower(ops_private.current_actor()) and m.active and m.role = current_setting('role')
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_member"() IS 'Whether the subject of the caller''s token is an active member with the role that the caller acts in. A role in a token alone gives nothing.';
