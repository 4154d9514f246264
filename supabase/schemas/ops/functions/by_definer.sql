CREATE OR REPLACE FUNCTION ops.by_definer()
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return current_user <> coalesce(nullif(current_setting('role'), 'none'), session_user);
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."by_definer"() TO "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."by_definer"() IS 'Whether the running statement belongs to a definer function of this schema rather than to the caller. Meant for the WHEN of a trigger, which runs as the writer.';

REVOKE ALL ON FUNCTION "ops"."by_definer"() FROM PUBLIC;
