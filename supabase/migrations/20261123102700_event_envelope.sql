-- The envelope around every event, and what makes two submissions the same event.

create function ops_private.refuse_event(error text, detail jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'OPS20', message = error, detail = detail::text;
end
$$;
comment on function ops_private.refuse_event(text, jsonb) is
  'Raises OPS20, which ops.ingest_event turns into a rejected row and answer: message is the code, detail the answer''s detail.';
revoke execute on function ops_private.refuse_event(text, jsonb) from public;

create function ops_private.envelope_issues(envelope jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_issues jsonb;
  v_fields constant text[] := array[
    'schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id', 'gate_code', 'payload',
    'emitted_at'
  ];
  v_type constant text := envelope ->> 'event_type';
  v_parts constant text[] := string_to_array(envelope ->> 'idempotency_key', '/');
  v_gate constant text := envelope ->> 'gate_code';
  v_implied constant text := ops_private.implied_gate(v_type);
begin
  v_issues := ops_private.shape_issues(envelope, '[
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
        ops_private.issue(jsonb_build_array(left(k, 64)), 'unknown_field', 'expected no such field') -> 0 order by k
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
    v_issues := v_issues || ops_private.issue('["idempotency_key"]', 'malformed',
      'expected <source_system>/<run, release or session>/<event_type>[/<more>], 8 to 255 visible ASCII characters');
  end if;
  if envelope ->> 'release_id' is null and v_type <> 'environment_event' then
    v_issues := v_issues || ops_private.issue('["release_id"]', 'missing', 'this field is required');
  elsif ops_private.uuid_or_null(envelope ->> 'release_id') is null and envelope ->> 'release_id' is not null then
    v_issues := v_issues || ops_private.issue('["release_id"]', 'malformed', 'expected a UUID');
  end if;
  if v_type = 'gate_signoff' and v_gate is null then
    v_issues := v_issues || ops_private.issue('["gate_code"]', 'missing', 'this field is required');
  elsif v_type <> 'gate_signoff' and v_gate <> coalesce(v_implied, '') then
    v_issues := v_issues
      || ops_private.issue('["gate_code"]', 'mismatch', coalesce('expected ' || v_implied, 'expected no gate'));
  end if;
  return v_issues;
end
$$;
comment on function ops_private.envelope_issues(jsonb) is
  'Every issue of an envelope around its payload, as an array; empty when there is none.';
revoke execute on function ops_private.envelope_issues(jsonb) from public;

create function ops_private.listed(issues jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- An answer should not be larger than its question, and the log keeps it.
  return jsonb_build_object('issues', jsonb_path_query_array(issues, '$[0 to 199]'))
    || case when jsonb_array_length(issues) > 200
      then jsonb_build_object('issues_omitted', jsonb_array_length(issues) - 200) else '{}' end;
end
$$;
comment on function ops_private.listed(jsonb) is
  'The detail of a refusal: its issues, the first 200 of them, and how many were left out.';
revoke execute on function ops_private.listed(jsonb) from public;

create function ops_private.check_size(envelope jsonb) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- This comes first: written out, 1e130000 is 130 KB, so nothing may turn the envelope into text before.
  if pg_column_size(envelope #> '{}') <= 262144
    and not jsonb_path_exists(envelope, 'strict $.** ? (@.type() == "number")')
    and not jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    return true;
  elsif pg_column_size(envelope) <= 262144 and not ops_private.is_storable(envelope) then
    perform ops_private.refuse_event('invalid_json', jsonb_build_object(
      'issues', ops_private.issue('[]', 'malformed', 'expected numbers that a double can hold exactly')));
  elsif pg_column_size(envelope) > 262144
    or jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    perform ops_private.refuse_event('payload_too_large', '{"limit_bytes": 262144, "limit_depth": 32}');
  end if;
  return true;
end
$$;
comment on function ops_private.check_size(jsonb) is
  'True, or refuses what no other function should have to read: numbers that no double holds (invalid_json), and what is too large or too deep (payload_too_large).';
revoke execute on function ops_private.check_size(jsonb) from public;

create function ops_private.check_event(envelope jsonb, observed_at timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_issues jsonb;
begin
  if jsonb_typeof(envelope) = 'object' then
    if ops_private.is_plain_event(envelope, check_event.observed_at) then
      return true;
    end if;
  end if;
  if jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'schema_version') = 'string'
    and envelope ->> 'schema_version' <> 'v1.0' then
    perform ops_private.refuse_event('unsupported_schema_version', '{"supported": ["v1.0"]}');
  end if;
  v_issues := case when (jsonb_typeof(envelope) = 'object') is true then ops_private.envelope_issues(envelope)
    else ops_private.issue('[]', 'malformed', 'expected an object') end;
  if v_issues <> '[]' then
    perform ops_private.refuse_event('invalid_envelope', ops_private.listed(v_issues));
  end if;
  v_issues := ops_private.payload_issues(envelope ->> 'event_type', envelope -> 'payload');
  if v_issues <> '[]' then
    perform ops_private.refuse_event('invalid_payload', ops_private.listed(v_issues));
  end if;
  return true;
end
$$;
comment on function ops_private.check_event(jsonb, timestamptz) is
  'True, or refuses an event that is not as docs/events says: unsupported_schema_version, invalid_envelope, invalid_payload, in this order.';
revoke execute on function ops_private.check_event(jsonb, timestamptz) from public;

create function ops_private.check_sender(envelope jsonb, actor text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := current_setting('role');
  v_type constant text := envelope ->> 'event_type';
  v_allowed boolean := actor is not null;
begin
  if v_role <> 'service_role' then
    perform ops_private.current_person(); -- who is no member any more sends nothing
    v_allowed := v_allowed and case
      when v_type = 'build_complete' then v_role = 'ci_service_role'
      when v_type = 'gate_signoff' then
        (v_role, envelope ->> 'gate_code') in (('qa_tester', 'G2'), ('release_manager', 'G3'))
        and envelope -> 'payload' ->> 'persona_role' = v_role
        and ops_private.is_self(envelope -> 'payload' ->> 'approver_id')
      when v_role = 'sre' then v_type <> 'deployment_event'
        or ops_private.is_self(coalesce(envelope -> 'payload' ->> 'deployed_by', actor))
      else v_role = 'ci_service_role'
    end;
  end if;
  if v_allowed is not true then
    perform ops_private.refuse_event('forbidden_event', jsonb_build_object('role', v_role, 'event_type', v_type));
  end if;
  return true;
end
$$;
comment on function ops_private.check_sender(jsonb, text) is
  'True, or refuses an event that the caller (actor: as ops_private.current_actor() says) may not send in their role, or not in somebody else''s name (forbidden_event). README.md has the table of who may send what.';
revoke execute on function ops_private.check_sender(jsonb, text) from public;

create function ops_private.is_self(name text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(ops_private.member_subject(is_self.name), ops_private.trim_name(is_self.name)) = ops_private.current_person();
end
$$;
comment on function ops_private.is_self(text) is 'Whether a subject or handle names the caller, blanks and case aside.';
revoke execute on function ops_private.is_self(text) from public;

create function ops_private.trim_numbers(value jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case jsonb_typeof(value)
    when 'number' then to_jsonb(trim_scale(value::numeric))
    when 'array' then (
      select coalesce(jsonb_agg(ops_private.trim_numbers(e.value) order by e.ordinality), '[]')
      from jsonb_array_elements(value) with ordinality as e)
    when 'object' then (
      select coalesce(jsonb_object_agg(e.key, ops_private.trim_numbers(e.value)), '{}') from jsonb_each(value) as e)
    else value
  end;
end
$$;
comment on function ops_private.trim_numbers(jsonb) is
  'The same document with 1.0 written as 1, at any depth, so that equal contents have one hash.';
revoke execute on function ops_private.trim_numbers(jsonb) from public;

create function ops_private.canonical_content(envelope jsonb, actor text) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release constant text := envelope ->> 'release_id';
  v_approver constant text := envelope -> 'payload' ->> 'approver_id';
  v_content jsonb;
begin
  if (jsonb_typeof(envelope) = 'object' and jsonb_typeof(envelope -> 'payload') = 'object') is not true then
    return null;
  end if;
  -- Where a gate is implied, whether it was given is no difference.
  v_content := jsonb_strip_nulls(envelope - array['schema_version', 'idempotency_key', 'emitted_at', 'gate_code'])
    || jsonb_build_object('caller', actor);
  if envelope ->> 'event_type' = 'gate_signoff' then
    v_content := v_content || jsonb_strip_nulls(jsonb_build_object('gate_code', envelope -> 'gate_code'));
    v_content := jsonb_set(v_content, '{payload,approver_id}',
      to_jsonb(coalesce(ops_private.member_subject(v_approver), ops_private.trim_name(v_approver))));
  end if;
  if v_release <> lower(v_release collate "C") then
    v_content := jsonb_set(v_content, '{release_id}', to_jsonb(lower(v_release collate "C")));
  end if;
  if jsonb_path_exists(v_content, 'strict $.** ? (@.type() == "number")') and v_content::text ~ '\.\d*0([^\d]|$)' then
    v_content := ops_private.trim_numbers(v_content);
  end if;
  return v_content;
end
$$;
comment on function ops_private.canonical_content(jsonb, text) is
  'What makes two submissions the same event: type, source, release, gate, payload and caller, people resolved; without nulls, emitted_at, key order, trailing zeros or the case of a UUID. Null for what is no event at all.';
revoke execute on function ops_private.canonical_content(jsonb, text) from public;

create function ops_private.differing_field(first jsonb, second jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select left(min(k.name), 255) from (
      select jsonb_object_keys(first - 'payload') as name union select jsonb_object_keys(second - 'payload')
      union select 'payload.' || jsonb_object_keys(first -> 'payload')
      union select 'payload.' || jsonb_object_keys(second -> 'payload')
    ) as k
    where case when k.name like 'payload.%'
      then first -> 'payload' -> substr(k.name, 9) is distinct from second -> 'payload' -> substr(k.name, 9)
      else first -> k.name is distinct from second -> k.name end
  );
end
$$;
comment on function ops_private.differing_field(jsonb, jsonb) is
  'Name of the first field, in alphabetical order, in which two canonical contents differ.';
revoke execute on function ops_private.differing_field(jsonb, jsonb) from public;
