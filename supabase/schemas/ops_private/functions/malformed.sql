-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.malformed (
  envelope jsonb
)
  RETURNS ops_private.refusal
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_issues jsonb;
begin
  if jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'schema_version') = 'string'
    and envelope ->> 'schema_version' <> 'v1.0' then
    return row('unsupported_schema_version', '{"supported": ["v1.0"]}')::ops_private.refusal;
  end if;
  v_issues := case when (jsonb_typeof(envelope) = 'object') is true then ops_private.envelope_issues(envelope)
    else ops_private.issue('[]', 'malformed', 'expected an object') end;
  if v_issues <> '[]' then
    return row('invalid_envelope', ops_private.listed(v_issues))::ops_private.refusal;
  end if;
  select ops_private.shape_issues(envelope -> 'payload', t.shape, '["payload"]') into v_issues
  from ops_private.event_types t where t.event_type = envelope ->> 'event_type';
  if v_issues <> '[]' then
    return row('invalid_payload', ops_private.listed(v_issues))::ops_private.refusal;
  end if;
  return null;
end
$function$;

COMMENT ON FUNCTION "ops_private"."malformed"(jsonb) IS 'Why an envelope is not an event as docs/events defines it, in this order: unsupported_schema_version, invalid_envelope, invalid_payload. Null when it is one.';

REVOKE ALL ON FUNCTION "ops_private"."malformed"(jsonb) FROM PUBLIC;
