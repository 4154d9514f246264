-- Check the envelope of an event, its size and its sender, and list the issues. Most events skip this: the pattern of
-- their type shows that they have no issues (ops_private.check_event).

create function ops_private.short_text(value jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case when jsonb_typeof(value) = 'string' and octet_length(value #>> '{}') <= 255 then value #>> '{}' end;
end
$$;
comment on function ops_private.short_text(jsonb) is
  'A JSON string of at most 255 bytes, as text; null for anything else.';
revoke execute on function ops_private.short_text(jsonb) from public;

create function ops_private.field_issues(envelope jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_shape constant jsonb := ops_private.with_enum_values(jsonb_build_array(
    '{"field": "schema_version", "type": "name", "required": true}'::jsonb,
    '{"field": "idempotency_key", "type": "name", "required": true}'::jsonb,
    jsonb_build_object('field', 'event_type', 'type', 'enum', 'required', true, 'values', (
      select jsonb_agg(t.event_type order by t.event_type) from ops_private.event_types t)),
    '{"field": "source_system", "type": "enum", "required": true, "enum": "ops_source_system"}'::jsonb,
    '{"field": "release_id", "type": "name"}'::jsonb,
    '{"field": "gate_code", "type": "enum", "enum": "ops_gate_code"}'::jsonb,
    '{"field": "payload", "type": "object", "required": true}'::jsonb,
    '{"field": "emitted_at", "type": "clock", "required": true}'::jsonb,
    '{"field": "sent_at", "type": "clock"}'::jsonb));
begin
  return ops_private.shape_issues(envelope, v_shape, '[]') || coalesce((
    select jsonb_agg(
      ops_private.issue(jsonb_build_array(left(k, 64)), 'unknown_field', 'expected no such field') -> 0 order by k)
    from jsonb_object_keys(envelope) as k
    where k not in (select r.value ->> 'field' from jsonb_array_elements(v_shape) as r)
  ), '[]');
end
$$;
comment on function ops_private.field_issues(jsonb) is
  'The issues of the fields of an envelope, each looked at alone, as an array; empty when there are none.';
revoke execute on function ops_private.field_issues(jsonb) from public;

create function ops_private.envelope_issues(envelope jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.envelope_issues(jsonb) is
  'All issues of an envelope, without its payload, as an array; empty when there are none.';
revoke execute on function ops_private.envelope_issues(jsonb) from public;

create function ops_private.listed(issues jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Limit the size of the answer, because the log stores it too.
  return jsonb_build_object('issues', jsonb_path_query_array(issues, '$[0 to 199]'))
    || case when jsonb_array_length(issues) > 200
      then jsonb_build_object('issues_omitted', jsonb_array_length(issues) - 200) else '{}' end;
end
$$;
comment on function ops_private.listed(jsonb) is
  'The detail of a refusal: the first 200 issues, and how many were omitted.';
revoke execute on function ops_private.listed(jsonb) from public;

create type ops_private.refusal as (
  error text,
  detail jsonb
);
comment on type ops_private.refusal is 'Why an event is refused: the error code and the detail of the answer.';

create function ops_private.unreadable(envelope jsonb) returns ops_private.refusal
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_column_size(envelope #> '{}') <= 262144 and not ops_private.is_storable(envelope) then
    return row('invalid_json', jsonb_build_object('issues', ops_private.issue(
      '[]', 'malformed', 'expected numbers that a double can hold exactly')))::ops_private.refusal;
  elsif pg_column_size(envelope #> '{}') > 262144
    or jsonb_path_exists(envelope, 'strict $.**{32} ? (@.type() == "object" || @.type() == "array")') then
    return row('payload_too_large', '{"limit_bytes": 262144, "limit_depth": 32}')::ops_private.refusal;
  end if;
  return null;
exception when statement_too_complex then
  return row('payload_too_large', '{"limit_bytes": 262144, "limit_depth": 32}')::ops_private.refusal;
end
$$;
comment on function ops_private.unreadable(jsonb) is
  'Why no other function should read an envelope: it has numbers that a double cannot hold (invalid_json), or is too large or nested too deep (payload_too_large). Null when it may be read.';
revoke execute on function ops_private.unreadable(jsonb) from public;

create function ops_private.holding_secret(envelope jsonb) returns ops_private.refusal
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_places jsonb := '[]'::jsonb;
begin
  if ops_private.holds_secret(envelope) then
    v_places := ops_private.secret_places(envelope);
  end if;
  if v_places = '[]' then
    return null;
  end if;
  return row('secret_in_payload', ops_private.listed((
    select jsonb_agg(ops_private.issue(p.path, 'secret',
      'expected no key, token, private key, or address with user info or a signature') -> 0)
    from jsonb_array_elements(v_places) as p (path)
  )))::ops_private.refusal;
end
$$;
comment on function ops_private.holding_secret(jsonb) is
  'secret_in_payload, with the places, when a text of an envelope has a secret, in a name of a field too. Null when none has.';
revoke execute on function ops_private.holding_secret(jsonb) from public;

create function ops_private.loggable(value jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_text constant text := ops_private.short_text(loggable.value);
begin
  return case when not ops_private.has_secret(v_text) then v_text end;
end
$$;
comment on function ops_private.loggable(jsonb) is
  'A JSON string of at most 255 bytes without a secret, as text; null for anything else.';
revoke execute on function ops_private.loggable(jsonb) from public;

create function ops_private.malformed(envelope jsonb) returns ops_private.refusal
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.malformed(jsonb) is
  'Why an envelope is not an event as docs/events defines it, in this order: unsupported_schema_version, invalid_envelope, invalid_payload. Null when it is one.';
revoke execute on function ops_private.malformed(jsonb) from public;

create function ops_private.is_self(name text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((ops_private.member_named(is_self.name)).recorded_as, ops_private.trim_name(is_self.name))
    = ops_private.current_person();
end
$$;
comment on function ops_private.is_self(text) is
  'Whether a subject or handle names the caller. Case and blanks at the ends are ignored.';
revoke execute on function ops_private.is_self(text) from public;

create function ops_private.may_send(envelope jsonb) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_role constant text := current_setting('role');
  v_payload constant jsonb := envelope -> 'payload';
  v_type ops_private.event_types;
begin
  select t.* into v_type from ops_private.event_types t where t.event_type = envelope ->> 'event_type';
  return (
    v_role = any (v_type.senders)
    and (not v_type.names_gate or (
      (v_role, envelope ->> 'gate_code') in (('qa_tester', 'G2'), ('release_manager', 'G3'))
      and v_payload ->> 'persona_role' = v_role
    ))
    and (not ops_private.is_person_role(v_role) or not exists (
      select from jsonb_array_elements(v_type.shape) as r
      where r.value ? 'person' and not ops_private.is_self(v_payload ->> (r.value ->> 'field'))
    ))
  ) is true;
end
$$;
comment on function ops_private.may_send(jsonb) is
  'Whether the caller may send an event: their role may send the type and decides on its gate, and a person names nobody but themselves. README.md has the table of roles and types.';
revoke execute on function ops_private.may_send(jsonb) from public;

create function ops_private.roles_to_act_as(senders text[], envelope jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release constant text := ops_private.short_text(envelope -> 'release_id');
  v_project text;
  v_roles text[];
begin
  if v_release is not null then
    select r.project into v_project from ops.releases r where r.release_id = ops_private.uuid_or_null(v_release);
  end if;
  v_roles := array(
    select s.role from unnest(senders) as s (role)
    where s.role <> current_setting('role') and (v_release is null or v_project is not null)
      and ops_private.holds(ops_private.current_actor(), s.role, v_project) order by s.role);
  return case when v_roles = '{}' then '{}' else jsonb_build_object('act_as', v_roles) end;
end
$$;
comment on function ops_private.roles_to_act_as(text[], jsonb) is
  '{act_as: the roles that the caller holds, beside the one that they act in, and that may send an event}; empty when they hold none. With a release_id only roles that they hold in the project of that release count: so one that does not exist and one of others are answered alike.';
revoke execute on function ops_private.roles_to_act_as(text[], jsonb) from public;

create function ops_private.refused_sender(envelope jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_told jsonb := '{}'::jsonb;
  v_senders text[];
begin
  select
    jsonb_build_object('event_type', t.event_type, 'field', case
      when current_setting('role') <> all (t.senders) then 'event_type'
      when t.names_gate and (current_setting('role'), envelope ->> 'gate_code') not in (
        ('qa_tester', 'G2'), ('release_manager', 'G3')) then 'gate_code'
      when t.names_gate
        and ops_private.short_text(envelope #> '{payload,persona_role}') <> current_setting('role')
        then 'payload.persona_role'
      else (
        select 'payload.' || (r.value ->> 'field') from jsonb_array_elements(t.shape) as r
        where r.value ? 'person'
          and not ops_private.is_self(ops_private.short_text(envelope #> array['payload', r.value ->> 'field']))
        limit 1)
    end),
    array['service_role'] || case
      when not t.names_gate then t.senders
      when envelope ->> 'gate_code' = 'G2' then array['qa_tester']
      when envelope ->> 'gate_code' = 'G3' then array['release_manager']
      else '{}'
    end
  into v_told, v_senders
  from ops_private.event_types t where t.event_type = envelope ->> 'event_type';
  if not found then
    return '{}'::jsonb;
  end if;
  return v_told || jsonb_build_object('role', current_setting('role'), 'senders', v_senders)
    || ops_private.roles_to_act_as(v_senders, envelope);
end
$$;
comment on function ops_private.refused_sender(jsonb) is
  'The detail of an event that its sender may not send: which field the sender may not name, who may send it, each person in their own name alone, and in which other role of theirs the caller could (act_as). Empty for an event of no known type.';
revoke execute on function ops_private.refused_sender(jsonb) from public;

create function ops_private.refused_source(source text) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'role', current_setting('role'), 'source_system', source, 'field', 'source_system',
    'senders', (
      select jsonb_agg(r.role) from unnest(array[
        'ci_service_role', 'release_manager', 'qa_tester', 'sre', 'developer', 'service_role']) as r (role)
      where ops_private.may_send_source(source::ops.ops_source_system, r.role)
    ),
    'sources', (
      select jsonb_agg(e.source) from unnest(enum_range(null::ops.ops_source_system)) as e (source)
      where ops_private.may_send_source(e.source)
    ));
end
$$;
comment on function ops_private.refused_source(text) is
  'The detail of an event whose sender may send it, but not with this source: who may, and which sources the sender may name.';
revoke execute on function ops_private.refused_source(text) from public;
