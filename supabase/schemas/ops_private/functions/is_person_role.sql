-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.is_person_role (
  role text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (role in ('release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader')) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."is_person_role"(text) IS 'Whether people act in this role. People always act as themselves. Machines have the other roles, and name the person for whom they act.';

REVOKE ALL ON FUNCTION "ops_private"."is_person_role"(text) FROM PUBLIC;
