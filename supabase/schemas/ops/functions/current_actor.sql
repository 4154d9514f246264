CREATE OR REPLACE FUNCTION ops.current_actor()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_role constant text := current_setting('role');
  v_sub constant text := ops.trim_name(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub');
begin
  return coalesce(
    -- A token cannot pass for the secret key.
    case when v_sub <> '' and (v_sub <> 'service_role' or v_role = 'service_role') then v_sub end,
    case v_role when 'service_role' then v_role when 'none' then session_user::text end
  );
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."current_actor"() TO "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."current_actor"() IS 'The caller as a subject: the verified token''s `sub`; service_role for a secret key, which has none; session_user without `set role`. Null when unknown.';

REVOKE ALL ON FUNCTION "ops"."current_actor"() FROM PUBLIC;
