-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.asking_person()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return case when not ops_private.acts_for_all() then ops_private.current_person() end;
end
$function$;

COMMENT ON FUNCTION "ops_private"."asking_person"() IS 'By which name records know the person who calls. Null for service_role and the owner: what keeps one person from a decision does not keep them from seeing that it waits.';

REVOKE ALL ON FUNCTION "ops_private"."asking_person"() FROM PUBLIC;
