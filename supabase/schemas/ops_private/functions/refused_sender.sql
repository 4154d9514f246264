-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.refused_sender (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_told jsonb := '{}'::jsonb;
  v_senders text[];
begin
  select
    jsonb_build_object('event_type', t.event_type, 'field', case
      when current_setting('role') <> all (t.senders) then 'event_type'
      when t.names_gate and (current_setting('role'), envelope ->> 'gate_code') not in (
        ('qa_tester', 'G2'), ('release_manager', 'G3')) then 'gate_code'
      when t.names_gate
        and ops_private.short_text(envelope #> '{payload,persona_role}') <> current_setting('role')
        then 'payload.persona_role'
      else (
        select 'payload.' || (r.value ->> 'field') from jsonb_array_elements(t.shape) as r
        where r.value ? 'person'
          and not ops_private.is_self(ops_private.short_text(envelope #> array['payload', r.value ->> 'field']))
        limit 1)
    end),
    array['service_role'] || case
      when not t.names_gate then t.senders
      when envelope ->> 'gate_code' = 'G2' then array['qa_tester']
      when envelope ->> 'gate_code' = 'G3' then array['release_manager']
      else '{}'
    end
  into v_told, v_senders
  from ops_private.event_types t where t.event_type = envelope ->> 'event_type';
  if not found then
    return '{}'::jsonb;
  end if;
  return v_told || jsonb_build_object('role', current_setting('role'), 'senders', v_senders)
    || ops_private.roles_to_act_as(v_senders, envelope);
end
$function$;

COMMENT ON FUNCTION "ops_private"."refused_sender"(jsonb) IS 'The detail of an event that its sender may not send: which field the sender may not name, who may send it, each person in their own name alone, and in which other role of theirs the caller could (act_as). Empty for an event of no known type.';

REVOKE ALL ON FUNCTION "ops_private"."refused_sender"(jsonb) FROM PUBLIC;
