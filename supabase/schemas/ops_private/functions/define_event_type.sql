-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.define_event_type (
  event_type text,
  senders    text[],
  shape      jsonb,
  gate_code  ops.ops_gate_code DEFAULT NULL::ops.ops_gate_code,
  names_gate boolean           DEFAULT false
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_shape constant jsonb := ops_private.with_enum_values(define_event_type.shape);
begin
  insert into ops_private.event_types (
    event_type, gate_code, names_gate, senders, shape, pattern
  ) values (
    define_event_type.event_type, define_event_type.gate_code, define_event_type.names_gate,
    define_event_type.senders, v_shape,
    concat_ws(' && ',
      '$.schema_version == "v1.0"',
      ops_private.field_pattern('$.source_system', jsonb_build_object(
        'type', 'enum', 'required', true, 'values', to_jsonb(enum_range(null::ops.ops_source_system)))),
      '$.idempotency_key.type() == "string"',
      '$.idempotency_key like_regex "^[!-.0-~]+/[!-.0-~]+/[!-.0-~]+(/[!-.0-~]+)*$"',
      case
        when define_event_type.names_gate
          then '$.gate_code.type() == "string" && $.gate_code like_regex "^G[1-4]$"'
        when define_event_type.gate_code is null then '!exists($.gate_code)'
        else format('(!exists($.gate_code) || $.gate_code.type() == "string" && $.gate_code == "%s")',
          define_event_type.gate_code)
      end,
      case when define_event_type.names_gate or define_event_type.gate_code is not null
        then '$.release_id.type() == "string"' else '(!exists($.release_id) || $.release_id.type() == "string")' end,
      '$.payload.type() == "object"',
      ops_private.shape_pattern('$.payload', v_shape)
    )::jsonpath
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."define_event_type"(text, text[], jsonb, ops.ops_gate_code, boolean) IS 'Defines an event type: who may send it, the shape of its payload, and its gate: fixed (gate_code), named by the event (names_gate), or none. Derives the pattern from the shape. ops_private.record must have a branch that calls the function of the type.';

REVOKE ALL ON FUNCTION "ops_private"."define_event_type"(text, text[], jsonb, ops.ops_gate_code, boolean) FROM PUBLIC;
