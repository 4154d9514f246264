CREATE OR REPLACE FUNCTION ops.check_event (
  envelope jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_issues jsonb;
begin
  -- Size and numbers come first: written out, 1e130000 is 130 KB, so nothing may turn the envelope into text before.
  if pg_column_size(envelope) <= 262144 and not ops.is_storable(envelope) then
    perform ops.refuse_event('invalid_json', jsonb_build_object(
      'issues', ops.issue('[]', 'malformed', 'expected numbers that a double can hold exactly')));
  elsif pg_column_size(envelope) > 262144
    or jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    perform ops.refuse_event('payload_too_large', '{"limit_bytes": 262144, "limit_depth": 32}');
  elsif jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'schema_version') = 'string'
    and envelope ->> 'schema_version' <> 'v1.0' then
    perform ops.refuse_event('unsupported_schema_version', '{"supported": ["v1.0"]}');
  end if;
  v_issues := case when (jsonb_typeof(envelope) = 'object') is true then ops.envelope_issues(envelope)
    else ops.issue('[]', 'malformed', 'expected an object') end;
  if v_issues <> '[]' then
    perform ops.refuse_event('invalid_envelope', ops.listed(v_issues));
  end if;
  v_issues := ops.payload_issues(envelope ->> 'event_type', envelope -> 'payload');
  if v_issues <> '[]' then
    perform ops.refuse_event('invalid_payload', ops.listed(v_issues));
  end if;
end
$function$;

COMMENT ON FUNCTION "ops"."check_event"(jsonb) IS 'Refuses an event that is not as docs/events says: invalid_json, payload_too_large, unsupported_schema_version, invalid_envelope, invalid_payload, in this order.';

REVOKE ALL ON FUNCTION "ops"."check_event"(jsonb) FROM PUBLIC;
