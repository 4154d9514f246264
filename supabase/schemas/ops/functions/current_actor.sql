CREATE OR REPLACE FUNCTION ops.current_actor()
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_role constant text := current_setting('role');
  v_claims constant text := nullif(current_setting('request.jwt.claims', true), '');
  v_sub text;
begin
  if v_claims is not null then
    v_sub := v_claims::jsonb ->> 'sub';
    if v_sub is not null then
      v_sub := ops.trim_name(v_sub);
    end if;
    -- A token cannot pass for the secret key.
    if v_sub <> '' and (v_sub <> 'service_role' or v_role = 'service_role') then
      return v_sub;
    end if;
  end if;
  return case v_role when 'service_role' then v_role when 'none' then session_user::text end;
end
$function$;

GRANT EXECUTE ON FUNCTION "ops"."current_actor"() TO "ci_service_role", "developer", "qa_tester", "release_manager", "service_role", "sre";

COMMENT ON FUNCTION "ops"."current_actor"() IS 'The caller as a subject: the verified token''s `sub`; service_role for a secret key, which has none; session_user without `set role`. Null when unknown.';

REVOKE ALL ON FUNCTION "ops"."current_actor"() FROM PUBLIC;
