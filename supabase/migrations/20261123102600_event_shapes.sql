-- What an event must look like. The edge function checks the same with better paths and sooner;
-- SQL checks again, since ops.ingest_event can be called without it.

create function ops_private.event_shape(event_type text) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_evidence constant jsonb := '{"field": "evidence", "type": "list", "max": 50, "of": [
    {"field": "artifact_type", "type": "enum", "required": true,
      "values": ["build_log", "test_result", "uat_summary", "approval_record", "rollback_plan", "release_notes",
        "health_check", "restore_drill", "incident_report", "reference"]},
    {"field": "artifact_url", "type": "uri", "required": true},
    {"field": "sha256", "type": "sha256"}]}';
  v_environment constant jsonb :=
    '{"field": "environment", "type": "enum", "required": true, "values": ["dev", "staging", "production"]}';
begin
  return case event_type
    when 'build_complete' then '[
      {"field": "status", "type": "enum", "required": true, "values": ["pass", "fail"]},
      {"field": "check_name", "type": "name"},
      {"field": "checks", "type": "list", "max": 100, "of": [
        {"field": "check_name", "type": "name", "required": true},
        {"field": "status", "type": "enum", "required": true, "values": ["pass", "fail", "warning", "skipped"]},
        {"field": "artifact_ref", "type": "text"}]},
      {"field": "artifact_ref", "type": "text"},
      {"field": "source_ref", "type": "name"}]'::jsonb || v_evidence
    when 'gate_signoff' then '[
      {"field": "decision", "type": "enum", "required": true, "values": ["approved", "rejected", "request_changes"]},
      {"field": "approver_id", "type": "name", "required": true},
      {"field": "persona_role", "type": "enum", "required": true,
        "values": ["developer", "qa_tester", "release_manager", "sre"]},
      {"field": "rationale_structured", "type": "object", "required": true, "filled": true},
      {"field": "rationale_text", "type": "text"}]'::jsonb || v_evidence
    when 'deployment_event' then v_environment || '[
      {"field": "deployment_ref", "type": "name", "required": true},
      {"field": "status", "type": "enum", "required": true,
        "values": ["in_progress", "succeeded", "failed", "rolled_back"]},
      {"field": "source_ref", "type": "name", "required": true},
      {"field": "deployed_by", "type": "name"},
      {"field": "deployed_at", "type": "time"},
      {"field": "rollback_of_ref", "type": "name"}]'::jsonb
    when 'health_check' then v_environment || '[
      {"field": "deployment_ref", "type": "name", "required": true},
      {"field": "status", "type": "enum", "required": true, "values": ["pass", "fail", "warning", "skipped"]},
      {"field": "artifact_ref", "type": "text", "required": true},
      {"field": "check_name", "type": "name"}]'::jsonb || v_evidence
    when 'environment_event' then v_environment || '[
      {"field": "event_type", "type": "word", "required": true},
      {"field": "data", "type": "object"}]'::jsonb
  end;
end
$$;
comment on function ops_private.event_shape(text) is
  'The fields of an event type''s payload, in order: name, type, whether required, the values of enums, the fields of a list''s entries; null for an unknown event type.';
revoke execute on function ops_private.event_shape(text) from public;

create function ops_private.issue(path jsonb, code text, message text) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_array(jsonb_build_object('path', path, 'code', code, 'message', message));
end
$$;
comment on function ops_private.issue(jsonb, text, text) is
  'One issue of a refused event, in an array of its own: where, which code, and what was expected (never what was sent).';
revoke execute on function ops_private.issue(jsonb, text, text) from public;

create function ops_private.uuid_or_null(value text) returns uuid
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when translate(value, '123456789abcdefABCDEF', '000000000000000000000') = '00000000-0000-0000-0000-000000000000'
      then value::uuid
  end;
end
$$;
comment on function ops_private.uuid_or_null(text) is
  'A text as a UUID, written with hyphens; null when it is none.';
revoke execute on function ops_private.uuid_or_null(text) from public;

create function ops_private.parse_time(value text) returns timestamptz
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_text constant text collate "C" := value;
begin
  -- Nearly every time is in ranges that no cast refuses. Then no subtransaction is needed.
  if v_text ~ ('^2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?'
      '(Z|[+-](0\d|1[0-4]):[0-5]\d)$') then
    return value::timestamptz;
  elsif (v_text ~ ('^[2-9]\d{3}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?'
      '(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$')) is not true then
    return null;
  end if;
  begin
    return value::timestamptz;
  exception when datetime_field_overflow or invalid_time_zone_displacement_value then
    return null; -- the 30th of February, or an offset that no place has
  end;
end
$$;
comment on function ops_private.parse_time(text) is
  'A full ISO 8601 time with an offset, of the year 2000 or later; null for anything else. The offset makes it independent of the session''s time zone.';
revoke execute on function ops_private.parse_time(text) from public;

create function ops_private.shape_issues(value jsonb, shape jsonb, path jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_issues jsonb := '[]';
  v_rule jsonb;
  v_type text;
  v_field text;
  v_given jsonb;
  v_text text;
  v_expected text;
begin
  if jsonb_typeof(value) <> 'object' then
    return ops_private.issue(path, 'malformed', 'expected an object');
  end if;
  -- Every event passes here, so this counts places and calls nothing where a query or a function per field would do.
  for v_place in 0 .. jsonb_array_length(shape) - 1 loop
    v_rule := shape -> v_place;
    v_field := v_rule ->> 'field';
    v_given := value -> v_field;
    if v_given is null or v_given = 'null' then
      if v_rule ? 'required' then
        v_issues := v_issues || ops_private.issue(path || to_jsonb(v_field), 'missing', 'this field is required');
      end if;
      continue;
    end if;
    v_type := v_rule ->> 'type';
    v_text := v_given #>> '{}';
    v_expected := case
      when v_type = 'object' then
        case when v_rule ? 'filled' and (jsonb_typeof(v_given) <> 'object' or v_given = '{}')
            then 'an object with at least one field'
          when jsonb_typeof(v_given) <> 'object' then 'an object' end
      when v_type = 'list' then
        case when jsonb_typeof(v_given) <> 'array' then 'an array'
          when jsonb_array_length(v_given) > (v_rule ->> 'max')::integer
            then format('at most %s entries', v_rule ->> 'max') end
      when jsonb_typeof(v_given) <> 'string' then 'a string'
      when v_type = 'enum' then case when not v_rule -> 'values' ? v_text then 'one of the documented values' end
      when v_type = 'name' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 255
        then 'a non-blank string of at most 255 bytes' end
      when v_type = 'text' then case when btrim(v_text, E' \t\r\n') = '' or octet_length(v_text) > 8192
        then 'a non-blank string of at most 8192 bytes' end
      when v_type = 'word' then
        case when v_text !~ '^[a-z][a-z0-9_]{2,62}$' then 'a lower-case word of 3 to 63 characters' end
      when v_type = 'uri' then case when octet_length(v_text) > 8192 or v_text !~ '^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$'
        then 'an absolute URI of at most 8192 bytes' end
      when v_type = 'sha256' then case when v_text !~* '^[0-9a-f]{64}$' then '64 hex digits' end
      when v_type = 'time' then case when (ops_private.parse_time(v_text) <= clock_timestamp() + interval '5 minutes') is not true
        then 'an ISO 8601 time with an offset, at most 5 minutes ahead' end
    end;
    if v_expected is not null then
      v_issues := v_issues || ops_private.issue(path || to_jsonb(v_field), 'malformed', 'expected ' || v_expected);
    elsif v_type = 'list' then
      for v_entry in 0 .. jsonb_array_length(v_given) - 1 loop
        v_issues := v_issues || ops_private.shape_issues(
          v_given -> v_entry, v_rule -> 'of', path || to_jsonb(v_field) || to_jsonb(v_entry));
      end loop;
    end if;
  end loop;
  return v_issues;
end
$$;
comment on function ops_private.shape_issues(jsonb, jsonb, jsonb) is
  'Every issue of an object against a shape (ops_private.event_shape), as an array; empty when there is none. Null counts as absent.';
revoke execute on function ops_private.shape_issues(jsonb, jsonb, jsonb) from public;

create function ops_private.names_a_check_twice(payload jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_checks constant jsonb := nullif(payload -> 'checks', 'null');
  v_names text[] := array[coalesce(payload ->> 'check_name', 'build')];
  v_name text;
begin
  for v_place in 0 .. coalesce(jsonb_array_length(v_checks), 0) - 1 loop
    v_name := v_checks -> v_place ->> 'check_name';
    if v_name = any (v_names) then
      return true;
    end if;
    v_names := v_names || v_name;
  end loop;
  return false;
end
$$;
comment on function ops_private.names_a_check_twice(jsonb) is
  'Whether the checks of a build_complete, its main one included, have a name in common.';
revoke execute on function ops_private.names_a_check_twice(jsonb) from public;

create function ops_private.payload_issues(event_type text, payload jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_issues jsonb := ops_private.shape_issues(payload, ops_private.event_shape(event_type), '["payload"]');
begin
  if v_issues <> '[]' then
    return v_issues;
  end if;
  if event_type = 'build_complete' and ops_private.names_a_check_twice(payload) then
    return ops_private.issue('["payload", "checks"]', 'mismatch',
      'expected every check once, the main one (check_name, default build) included');
  elsif payload ->> 'rollback_of_ref' = payload ->> 'deployment_ref' then
    return ops_private.issue('["payload", "rollback_of_ref"]', 'mismatch', 'expected another deployment than this one');
  end if;
  return v_issues;
end
$$;
comment on function ops_private.payload_issues(text, jsonb) is 'Every issue of a payload of the event type, as an array.';
revoke execute on function ops_private.payload_issues(text, jsonb) from public;
