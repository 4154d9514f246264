-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.envelope_issues (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_parts constant text[] := string_to_array(envelope ->> 'idempotency_key', '/');
  v_gate constant text := envelope ->> 'gate_code';
  v_type ops_private.event_types;
  v_issues jsonb := ops_private.field_issues(envelope);
begin
  if v_issues <> '[]' then
    return v_issues; -- the next rules need well-formed fields
  end if;
  if (ops_private.parse_time(envelope ->> 'emitted_at') <= interval '5 minutes'
      + coalesce(ops_private.parse_time(envelope ->> 'sent_at'), clock_timestamp())) is not true then
    v_issues := v_issues || ops_private.issue(
      '["emitted_at"]', 'too_far_ahead', 'expected a time at most 5 minutes after sent_at, or after now without it');
  end if;
  select t.* into v_type from ops_private.event_types t where t.event_type = envelope ->> 'event_type';
  if (octet_length(envelope ->> 'idempotency_key') between 8 and 255
      and envelope ->> 'idempotency_key' !~ '[^!-~]' and cardinality(v_parts) >= 3 and '' <> all (v_parts)
      and v_parts[1] = envelope ->> 'source_system' and v_parts[3] = v_type.event_type) is not true then
    v_issues := v_issues || ops_private.issue('["idempotency_key"]', 'malformed',
      'expected <source_system>/<run, release or session>/<event_type>[/<more>], 8 to 255 visible ASCII characters');
  end if;
  if envelope ->> 'release_id' is null and (v_type.names_gate or v_type.gate_code is not null) then
    v_issues := v_issues || ops_private.issue('["release_id"]', 'missing', 'this field is required');
  elsif ops_private.uuid_or_null(envelope ->> 'release_id') is null and envelope ->> 'release_id' is not null then
    v_issues := v_issues || ops_private.issue('["release_id"]', 'malformed', 'expected a UUID');
  end if;
  if v_type.names_gate and v_gate is null then
    v_issues := v_issues || ops_private.issue('["gate_code"]', 'missing', 'this field is required');
  elsif not v_type.names_gate and v_gate <> coalesce(v_type.gate_code::text, '') then
    v_issues := v_issues || ops_private.issue(
      '["gate_code"]', 'mismatch', coalesce('expected ' || v_type.gate_code::text, 'expected no gate'));
  end if;
  return v_issues;
end
$function$;

COMMENT ON FUNCTION "ops_private"."envelope_issues"(jsonb) IS 'All issues of an envelope, without its payload, as an array; empty when there are none.';

REVOKE ALL ON FUNCTION "ops_private"."envelope_issues"(jsonb) FROM PUBLIC;
