-- What an event must look like. The edge function checks the same with better paths and sooner;
-- SQL checks again, since ops.ingest_event can be called without it.

create function ops.event_shape(event_type text) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  v_evidence constant jsonb := '{"type": "list", "max": 50, "of": {
    "artifact_type": {"type": "enum", "required": true,
      "values": ["build_log", "test_result", "uat_summary", "approval_record", "rollback_plan", "release_notes",
        "health_check", "restore_drill", "incident_report", "reference"]},
    "artifact_url": {"type": "uri", "required": true}, "sha256": {"type": "sha256"}}}';
  v_check_status constant jsonb :=
    '{"type": "enum", "required": true, "values": ["pass", "fail", "warning", "skipped"]}';
  v_environment constant jsonb := '{"type": "enum", "required": true, "values": ["dev", "staging", "production"]}';
  v_required_name constant jsonb := '{"type": "name", "required": true}';
  v_name constant jsonb := '{"type": "name"}';
  v_text constant jsonb := '{"type": "text"}';
begin
  return case event_type
    when 'build_complete' then jsonb_build_object(
      'status', '{"type": "enum", "required": true, "values": ["pass", "fail"]}'::jsonb, 'check_name', v_name,
      'checks', jsonb_build_object('type', 'list', 'max', 100, 'of', jsonb_build_object(
        'check_name', v_required_name, 'status', v_check_status, 'artifact_ref', v_text)),
      'evidence', v_evidence, 'artifact_ref', v_text, 'source_ref', v_name)
    when 'gate_signoff' then jsonb_build_object(
      'decision', '{"type": "enum", "required": true, "values": ["approved", "rejected", "request_changes"]}'::jsonb,
      'approver_id', v_required_name,
      'persona_role',
        '{"type": "enum", "required": true, "values": ["developer", "qa_tester", "release_manager", "sre"]}'::jsonb,
      'rationale_structured', '{"type": "object", "required": true, "filled": true}'::jsonb,
      'rationale_text', v_text, 'evidence', v_evidence)
    when 'deployment_event' then jsonb_build_object(
      'environment', v_environment, 'deployment_ref', v_required_name,
      'status',
        '{"type": "enum", "required": true, "values": ["in_progress", "succeeded", "failed", "rolled_back"]}'::jsonb,
      'source_ref', v_required_name, 'deployed_by', v_name, 'deployed_at', '{"type": "time"}'::jsonb,
      'rollback_of_ref', v_name)
    when 'health_check' then jsonb_build_object(
      'environment', v_environment, 'deployment_ref', v_required_name, 'status', v_check_status,
      'artifact_ref', '{"type": "text", "required": true}'::jsonb, 'check_name', v_name, 'evidence', v_evidence)
    when 'environment_event' then jsonb_build_object(
      'environment', v_environment, 'event_type', '{"type": "word", "required": true}'::jsonb,
      'data', '{"type": "object"}'::jsonb)
  end;
end
$$;
comment on function ops.event_shape(text) is
  'The fields of an event type''s payload: type, whether required, and for enums the values; null for an unknown event type.';
revoke execute on function ops.event_shape(text) from public;

create function ops.issue(path jsonb, code text, message text) returns jsonb
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_build_array(jsonb_build_object('path', path, 'code', code, 'message', message));
end
$$;
comment on function ops.issue(jsonb, text, text) is
  'One issue of a refused event, in an array of its own: where, which code, and what was expected (never what was sent).';
revoke execute on function ops.issue(jsonb, text, text) from public;

create function ops.parse_time(value text) returns timestamptz
language plpgsql immutable set search_path = ''
as $$
begin
  if value !~ '^[2-9]\d{3}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$' then
    return null;
  end if;
  return value::timestamptz;
exception when datetime_field_overflow or invalid_time_zone_displacement_value then
  return null; -- the 30th of February, or an offset that no place has
end
$$;
comment on function ops.parse_time(text) is
  'A full ISO 8601 time with an offset, of the year 2000 or later; null for anything else. The offset makes it independent of the session''s time zone.';
revoke execute on function ops.parse_time(text) from public;

create function ops.expected(value jsonb, rule jsonb) returns text
language plpgsql stable set search_path = ''
as $$
declare
  v_type constant text := rule ->> 'type';
  v_text constant text := value #>> '{}';
begin
  if v_type = 'object' then
    return case when jsonb_typeof(value) <> 'object' or (rule ? 'filled' and value = '{}') then
      case when rule ? 'filled' then 'an object with at least one field' else 'an object' end end;
  elsif v_type = 'list' then
    return case when jsonb_typeof(value) <> 'array' then 'an array'
      when jsonb_array_length(value) > (rule ->> 'max')::integer then format('at most %s entries', rule ->> 'max') end;
  elsif jsonb_typeof(value) <> 'string' then
    return 'a string';
  end if;
  return case v_type
    when 'enum' then case when not rule -> 'values' ? v_text then 'one of the documented values' end
    when 'name' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 255
      then 'a non-blank string of at most 255 bytes' end
    when 'text' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 8192
      then 'a non-blank string of at most 8192 bytes' end
    when 'word' then case when v_text !~ '^[a-z][a-z0-9_]{2,62}$' then 'a lower-case word of 3 to 63 characters' end
    when 'uri' then case when octet_length(v_text) > 8192 or v_text !~ '^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$'
      then 'an absolute URI of at most 8192 bytes' end
    when 'sha256' then case when v_text !~* '^[0-9a-f]{64}$' then '64 hex digits' end
    when 'time' then case when (ops.parse_time(v_text) <= clock_timestamp() + interval '5 minutes') is not true
      then 'an ISO 8601 time with an offset, at most 5 minutes ahead' end
  end;
end
$$;
comment on function ops.expected(jsonb, jsonb) is
  'What a rule of ops.event_shape expected instead of a value; null when the value is fine.';
revoke execute on function ops.expected(jsonb, jsonb) from public;

create function ops.shape_issues(value jsonb, shape jsonb, path jsonb) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_issues jsonb := '[]';
  v_field text;
  v_rule jsonb;
  v_value jsonb;
  v_expected text;
begin
  if jsonb_typeof(value) <> 'object' then
    return ops.issue(path, 'malformed', 'expected an object');
  end if;
  for v_field, v_rule in select * from jsonb_each(shape) loop
    v_value := nullif(value -> v_field, 'null');
    if v_value is null then
      if v_rule ? 'required' then
        v_issues := v_issues || ops.issue(path || to_jsonb(v_field), 'missing', 'this field is required');
      end if;
      continue;
    end if;
    v_expected := ops.expected(v_value, v_rule);
    if v_expected is not null then
      v_issues := v_issues || ops.issue(path || to_jsonb(v_field), 'malformed', 'expected ' || v_expected);
    elsif v_rule ->> 'type' = 'list' then
      v_issues := v_issues || (
        select coalesce(jsonb_agg(i.issue order by e.ordinality), '[]')
        from jsonb_array_elements(v_value) with ordinality as e
        cross join lateral jsonb_array_elements(
          ops.shape_issues(e.value, v_rule -> 'of', path || to_jsonb(v_field) || to_jsonb(e.ordinality - 1))
        ) as i(issue)
      );
    end if;
  end loop;
  return v_issues;
end
$$;
comment on function ops.shape_issues(jsonb, jsonb, jsonb) is
  'Every issue of an object against a shape, as an array; empty when there is none. Null counts as absent.';
revoke execute on function ops.shape_issues(jsonb, jsonb, jsonb) from public;

create function ops.payload_issues(event_type text, payload jsonb) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_issues jsonb := ops.shape_issues(payload, ops.event_shape(event_type), '["payload"]');
begin
  if v_issues <> '[]' then
    return v_issues;
  end if;
  if event_type = 'build_complete' and exists (
    select from (
      select coalesce(payload ->> 'check_name', 'build') as name
      union all
      select c.value ->> 'check_name' from jsonb_array_elements(nullif(payload -> 'checks', 'null')) as c
    ) as n group by n.name having count(*) > 1
  ) then
    return ops.issue('["payload", "checks"]', 'mismatch',
      'expected every check once, the main one (check_name, default build) included');
  elsif payload ->> 'rollback_of_ref' = payload ->> 'deployment_ref' then
    return ops.issue('["payload", "rollback_of_ref"]', 'mismatch', 'expected another deployment than this one');
  end if;
  return v_issues;
end
$$;
comment on function ops.payload_issues(text, jsonb) is 'Every issue of a payload of the event type, as an array.';
revoke execute on function ops.payload_issues(text, jsonb) from public;
