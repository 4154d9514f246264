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

COMMENT ON FUNCTION "ops_private"."is_person_role"(text) IS 'Whether a role is one that people act in, always as themselves; the others are machines and name the person they speak for.';

REVOKE ALL ON FUNCTION "ops_private"."is_person_role"(text) FROM PUBLIC;
