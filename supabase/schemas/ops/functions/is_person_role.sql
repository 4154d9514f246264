CREATE OR REPLACE FUNCTION ops.is_person_role (
  role text
)
  RETURNS boolean
  LANGUAGE plpgsql
  IMMUTABLE
  SET search_path TO ''
  AS $function$
begin
  return (role in ('release_manager', 'qa_tester', 'sre', 'developer', 'audit_reader')) is true;
end
$function$;

COMMENT ON FUNCTION "ops"."is_person_role"(text) IS 'Whether a role is one that people act in, always as themselves; the others are machines and name the person they speak for.';

REVOKE ALL ON FUNCTION "ops"."is_person_role"(text) FROM PUBLIC;
