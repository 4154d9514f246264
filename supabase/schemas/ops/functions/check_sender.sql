CREATE OR REPLACE FUNCTION ops.check_sender (
  envelope jsonb,
  actor    text
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_role constant text := current_setting('role');
  v_type constant text := envelope ->> 'event_type';
  v_allowed boolean := actor is not null;
begin
  if v_role <> 'service_role' then
    perform ops.current_person(); -- who is no member any more sends nothing
    v_allowed := v_allowed and case
      when v_type = 'build_complete' then v_role = 'ci_service_role'
      when v_type = 'gate_signoff' then
        (v_role, envelope ->> 'gate_code') in (('qa_tester', 'G2'), ('release_manager', 'G3'))
        and envelope -> 'payload' ->> 'persona_role' = v_role
        and ops.is_self(envelope -> 'payload' ->> 'approver_id')
      when v_role = 'sre' then v_type <> 'deployment_event'
        or ops.is_self(coalesce(envelope -> 'payload' ->> 'deployed_by', actor))
      else v_role = 'ci_service_role'
    end;
  end if;
  if v_allowed is not true then
    perform ops.refuse_event('forbidden_event', jsonb_build_object('role', v_role, 'event_type', v_type));
  end if;
  return true;
end
$function$;

COMMENT ON FUNCTION "ops"."check_sender"(jsonb, text) IS 'True, or refuses an event that the caller (actor: as ops.current_actor() says) may not send in their role, or not in somebody else''s name (forbidden_event). README.md has the table of who may send what.';

REVOKE ALL ON FUNCTION "ops"."check_sender"(jsonb, text) FROM PUBLIC;
