CREATE OR REPLACE FUNCTION ops.is_plain_event (
  envelope    jsonb,
  observed_at timestamp with time zone
)
  RETURNS boolean
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_key constant text := envelope ->> 'idempotency_key';
  v_payload constant jsonb := envelope -> 'payload';
begin
  return (
    observed_at <= clock_timestamp() + interval '5 minutes'
    and envelope @@ ops.plain_event(envelope ->> 'event_type')
    and envelope - array[
      'schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id', 'gate_code', 'payload',
      'emitted_at'
    ] = '{}'
    and starts_with(v_key, envelope ->> 'source_system' || '/') and octet_length(v_key) <= 255
    and case when envelope -> 'release_id' is null then envelope ->> 'event_type' = 'environment_event'
      else ops.uuid_or_null(envelope ->> 'release_id') is not null end
    -- Together shorter than each of them may be.
    and pg_column_size(v_payload) <= 8192
    and octet_length(concat(
      v_payload ->> 'check_name', v_payload ->> 'source_ref', v_payload ->> 'deployment_ref',
      v_payload ->> 'deployed_by', v_payload ->> 'rollback_of_ref', v_payload ->> 'approver_id'
    )) <= 255
    and octet_length(coalesce(v_payload ->> 'event_type', '')) <= 63
    and (v_payload ->> 'rollback_of_ref' = v_payload ->> 'deployment_ref') is not true
    and ops.has_plain_lists(v_payload)
  ) is true;
end
$function$;

COMMENT ON FUNCTION "ops"."is_plain_event"(jsonb, timestamp with time zone) IS 'Whether an object is certainly an event as docs/events says, seen at the time given. False says nothing: then ops.check_event looks at every field.';

REVOKE ALL ON FUNCTION "ops"."is_plain_event"(jsonb, timestamp WITH time zone) FROM PUBLIC;
