-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.field_issues (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_shape constant jsonb := ops_private.with_enum_values(jsonb_build_array(
    '{"field": "schema_version", "type": "name", "required": true}'::jsonb,
    '{"field": "idempotency_key", "type": "name", "required": true}'::jsonb,
    jsonb_build_object('field', 'event_type', 'type', 'enum', 'required', true, 'values', (
      select jsonb_agg(t.event_type order by t.event_type) from ops_private.event_types t)),
    '{"field": "source_system", "type": "enum", "required": true, "enum": "ops_source_system"}'::jsonb,
    '{"field": "release_id", "type": "name"}'::jsonb,
    '{"field": "gate_code", "type": "enum", "enum": "ops_gate_code"}'::jsonb,
    '{"field": "payload", "type": "object", "required": true}'::jsonb,
    '{"field": "emitted_at", "type": "clock", "required": true}'::jsonb,
    '{"field": "sent_at", "type": "clock"}'::jsonb));
begin
  return ops_private.shape_issues(envelope, v_shape, '[]') || ops_private.mark_issues(envelope) || coalesce((
    select jsonb_agg(
      ops_private.issue(jsonb_build_array(left(k, 64)), 'unknown_field', 'expected no such field') -> 0 order by k)
    from jsonb_object_keys(envelope) as k
    where k <> 'imported' and k not in (select r.value ->> 'field' from jsonb_array_elements(v_shape) as r)
  ), '[]');
end
$function$;

COMMENT ON FUNCTION "ops_private"."field_issues"(jsonb) IS 'The issues of the fields of an envelope, each looked at alone, as an array; empty when there are none.';

REVOKE ALL ON FUNCTION "ops_private"."field_issues"(jsonb) FROM PUBLIC;
