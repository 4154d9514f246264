-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.caller_member()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select s.recorded_as from ops.v_memberships s
    where lower(s.recorded_as collate "C") = (select lower(ops_private.current_actor() collate "C"))
      and s.role = current_setting('role') limit 1
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."caller_member"() IS 'By which name records know the caller (members.recorded_as), when a membership of theirs stands with the role that they act in, in any project. Null when there is none.';

REVOKE ALL ON FUNCTION "ops_private"."caller_member"() FROM PUBLIC;
