CREATE OR REPLACE FUNCTION ops.canonical_content (
  envelope jsonb
)
  RETURNS jsonb
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_content jsonb;
begin
  if (jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'payload') = 'object') is not true then
    return null;
  end if;
  v_content := jsonb_strip_nulls(envelope - array['schema_version', 'idempotency_key', 'emitted_at'])
    || jsonb_build_object('caller', ops.current_actor());
  if v_content ->> 'release_id' ~ '[A-F]' then
    v_content := jsonb_set(v_content, '{release_id}', to_jsonb(lower(v_content ->> 'release_id' collate "C")));
  end if;
  if v_content ->> 'event_type' in ('build_complete', 'health_check', 'deployment_event') then
    v_content := v_content - 'gate_code'; -- implied, so given or not is no difference
  elsif v_content ->> 'event_type' = 'gate_signoff' then
    v_content := jsonb_set(v_content, '{payload,approver_id}', to_jsonb(coalesce(
      ops.member_subject(v_content #>> '{payload,approver_id}'), ops.trim_name(v_content #>> '{payload,approver_id}'))));
  end if;
  if v_content::text ~ '\.\d*0([^\d]|$)' then
    v_content := ops.trim_numbers(v_content);
  end if;
  return v_content;
end
$function$;

COMMENT ON FUNCTION "ops"."canonical_content"(jsonb) IS 'What makes two submissions the same event: type, source, release, gate, payload and caller, people resolved; without nulls, emitted_at, key order, trailing zeros or the case of a UUID. Null for what is no event at all.';

REVOKE ALL ON FUNCTION "ops"."canonical_content"(jsonb) FROM PUBLIC;
