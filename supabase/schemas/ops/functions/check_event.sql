CREATE OR REPLACE FUNCTION ops.check_event (
  envelope    jsonb,
  observed_at timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_issues jsonb;
begin
  if jsonb_typeof(envelope) = 'object' then
    if ops.is_plain_event(envelope, check_event.observed_at) then
      return true;
    end if;
  end if;
  if jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'schema_version') = 'string'
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
  return true;
end
$function$;

COMMENT ON FUNCTION "ops"."check_event"(jsonb, timestamp with time zone) IS 'True, or refuses an event that is not as docs/events says: unsupported_schema_version, invalid_envelope, invalid_payload, in this order.';

REVOKE ALL ON FUNCTION "ops"."check_event"(jsonb, timestamp WITH time zone) FROM PUBLIC;
