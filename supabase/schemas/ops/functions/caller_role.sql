CREATE OR REPLACE FUNCTION ops.caller_role()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
begin
  return coalesce(nullif(current_setting('role'), 'none'), session_user);
end
$function$;

COMMENT ON FUNCTION "ops"."caller_role"() IS 'The role the caller acts in: what was set by `set role`, which no function in this schema changes; the session''s user without it.';

REVOKE ALL ON FUNCTION "ops"."caller_role"() FROM PUBLIC;
