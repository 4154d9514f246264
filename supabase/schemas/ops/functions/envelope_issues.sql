CREATE OR REPLACE FUNCTION ops.envelope_issues (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_issues jsonb;
  v_fields constant text[] := array[
    'schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id', 'gate_code', 'payload',
    'emitted_at'
  ];
  v_type constant text := envelope ->> 'event_type';
  v_parts constant text[] := string_to_array(envelope ->> 'idempotency_key', '/');
  v_gate constant text := envelope ->> 'gate_code';
  v_implied constant text := ops.implied_gate(v_type);
begin
  v_issues := ops.shape_issues(envelope, '[
    {"field": "schema_version", "type": "name", "required": true},
    {"field": "idempotency_key", "type": "name", "required": true},
    {"field": "event_type", "type": "enum", "required": true,
      "values": ["build_complete", "gate_signoff", "deployment_event", "health_check", "environment_event"]},
    {"field": "source_system", "type": "enum", "required": true,
      "values": ["github_actions", "agent", "manual", "monitoring"]},
    {"field": "release_id", "type": "name"},
    {"field": "gate_code", "type": "enum", "values": ["G1", "G2", "G3", "G4"]},
    {"field": "payload", "type": "object", "required": true},
    {"field": "emitted_at", "type": "time", "required": true}]', '[]');
  if envelope - v_fields <> '{}' then
    v_issues := v_issues || (
      select jsonb_agg(
        ops.issue(jsonb_build_array(left(k, 64)), 'unknown_field', 'expected no such field') -> 0 order by k
      )
      from jsonb_object_keys(envelope - v_fields) as k
    );
  end if;
  if v_issues <> '[]' then
    return v_issues;
  end if;
  if (octet_length(envelope ->> 'idempotency_key') between 8 and 255
      and envelope ->> 'idempotency_key' !~ '[^!-~]' and cardinality(v_parts) >= 3 and '' <> all (v_parts)
      and v_parts[1] = envelope ->> 'source_system' and v_parts[3] = v_type) is not true then
    v_issues := v_issues || ops.issue('["idempotency_key"]', 'malformed',
      'expected <source_system>/<run, release or session>/<event_type>[/<more>], 8 to 255 visible ASCII characters');
  end if;
  if envelope ->> 'release_id' is null and v_type <> 'environment_event' then
    v_issues := v_issues || ops.issue('["release_id"]', 'missing', 'this field is required');
  elsif ops.uuid_or_null(envelope ->> 'release_id') is null and envelope ->> 'release_id' is not null then
    v_issues := v_issues || ops.issue('["release_id"]', 'malformed', 'expected a UUID');
  end if;
  if v_type = 'gate_signoff' and v_gate is null then
    v_issues := v_issues || ops.issue('["gate_code"]', 'missing', 'this field is required');
  elsif v_type <> 'gate_signoff' and v_gate <> coalesce(v_implied, '') then
    v_issues := v_issues
      || ops.issue('["gate_code"]', 'mismatch', coalesce('expected ' || v_implied, 'expected no gate'));
  end if;
  return v_issues;
end
$function$;

COMMENT ON FUNCTION "ops"."envelope_issues"(jsonb) IS 'Every issue of an envelope around its payload, as an array; empty when there is none.';

REVOKE ALL ON FUNCTION "ops"."envelope_issues"(jsonb) FROM PUBLIC;
