-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.may_send (
  envelope jsonb
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_role constant text := current_setting('role');
  v_payload constant jsonb := envelope -> 'payload';
  v_type ops_private.event_types;
begin
  select t.* into v_type from ops_private.event_types t where t.event_type = envelope ->> 'event_type';
  return (
    v_role = any (v_type.senders)
    and (not v_type.names_gate or (
      (v_role, envelope ->> 'gate_code') in (('qa_tester', 'G2'), ('release_manager', 'G3'))
      and v_payload ->> 'persona_role' = v_role
    ))
    and (not ops_private.is_person_role(v_role) or not exists (
      select from jsonb_array_elements(v_type.shape) as r
      where r.value ? 'person' and not ops_private.is_self(v_payload ->> (r.value ->> 'field'))
    ))
  ) is true;
end
$function$;

COMMENT ON FUNCTION "ops_private"."may_send"(jsonb) IS 'Whether the caller may send an event: their role may send the type and decides on its gate, and a person names nobody but themselves. README.md has the table of roles and types.';

REVOKE ALL ON FUNCTION "ops_private"."may_send"(jsonb) FROM PUBLIC;
