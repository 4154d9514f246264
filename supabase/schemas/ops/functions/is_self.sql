CREATE OR REPLACE FUNCTION ops.is_self (
  name text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return coalesce(ops.member_subject(is_self.name), ops.trim_name(is_self.name)) = ops.current_person();
end
$function$;

COMMENT ON FUNCTION "ops"."is_self"(text) IS 'Whether a subject or handle names the caller, blanks and case aside.';

REVOKE ALL ON FUNCTION "ops"."is_self"(text) FROM PUBLIC;
