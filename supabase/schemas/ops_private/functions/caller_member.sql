-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.caller_member()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select m.subject from ops.role_members m
    where lower(m.subject) = lower(ops_private.current_actor()) and m.active and m.role = current_setting('role')
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."caller_member"() IS 'The subject of the active membership that the caller acts by: theirs, with the role that they act in. Null when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."caller_member"() FROM PUBLIC;
