-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.current_person()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_subject constant text := ops_private.caller_member();
begin
  if v_subject is null and not ops_private.is_owner() then
    perform ops_private.refuse_stranger();
  end if;
  return coalesce(v_subject, ops_private.current_actor());
end
$function$;

COMMENT ON FUNCTION "ops_private"."current_person"() IS 'By which name records know the caller (members.recorded_as). The owner of the database needs no membership. Raises 42501 unless anybody else is an active member with the role that they act in.';

REVOKE ALL ON FUNCTION "ops_private"."current_person"() FROM PUBLIC;
