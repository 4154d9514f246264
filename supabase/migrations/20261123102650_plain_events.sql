-- Most events are well-formed and ordinary. One path says so in C, where listing issues takes a loop for every field.
-- The paths are made from the shapes here, once, so that a rule has one place.

create function ops_private.plain_field(place text, rule jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_type constant text := rule ->> 'type';
  v_plain text;
begin
  v_plain := case
    when v_type = 'object' then format('%1$s.type() == "object"', place)
      || case when rule ? 'filled' then format(' && exists(%1$s.*)', place) else '' end
    when v_type = 'list' then format(
      '%1$s.type() == "array" && %1$s.size() <= %2$s && !(%1$s[*].type() != "object")'
      ' && !exists(%1$s[*] ? (!(%3$s)))', place, rule ->> 'max', ops_private.plain_shape('@', rule -> 'of'))
    when v_type = 'time' then format('!exists(%1$s)', place)
    -- Lax paths look into arrays by themselves, so the type is asked for before the value.
    else format('%1$s.type() == "string" && ', place) || case
      when v_type = 'enum' then (
        select format('(%s)', string_agg(format('%s == %s', place, v.value), ' || '))
        from jsonb_array_elements(rule -> 'values') as v
      )
      -- Lengths, and the digits of digests, are looked at by ops_private.has_plain_lists and ops_private.is_plain_event.
      when v_type = 'sha256' then 'exists(' || place || ')'
      when v_type in ('name', 'text') then (
        select format('%1$s != ""', place) || string_agg(format(' && !(%s starts with %s)', place, to_json(b.blank)), '')
        from unnest(array[' ', E'\t', E'\r', E'\n']) as b (blank)
      )
      else format('%s like_regex %s', place, to_json(case v_type
        when 'word' then '^[a-z][a-z0-9_][a-z0-9_]+$'
        when 'uri' then '^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$'
      end))
    end
  end;
  return case when rule ? 'required' then v_plain else format('(!exists(%1$s) || %2$s)', place, v_plain) end;
end
$$;
comment on function ops_private.plain_field(text, jsonb) is
  'The predicate of a JSON path that holds for ordinary values of a field under a rule of ops_private.event_shape; lengths aside, and never true of one that breaks the rule otherwise.';
revoke execute on function ops_private.plain_field(text, jsonb) from public;

create function ops_private.plain_shape(place text, shape jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select string_agg(ops_private.plain_field(format('%s.%s', place, r.rule ->> 'field'), r.rule), ' && ' order by r.number)
    from jsonb_array_elements(shape) with ordinality as r (rule, number)
  );
end
$$;
comment on function ops_private.plain_shape(text, jsonb) is 'ops_private.plain_field of each field of a shape, all of them asked for.';
revoke execute on function ops_private.plain_shape(text, jsonb) from public;

create function ops_private.implied_gate(event_type text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case event_type
    when 'build_complete' then 'G1' when 'deployment_event' then 'G4' when 'health_check' then 'G4'
  end;
end
$$;
comment on function ops_private.implied_gate(text) is
  'The gate that events of a type are about; null where the event names it (gate_signoff), or is about none.';
revoke execute on function ops_private.implied_gate(text) from public;

do $do$
begin
  execute format(
    $sql$
      create function ops_private.plain_event(event_type text) returns jsonpath
      language plpgsql immutable set search_path = pg_catalog, pg_temp
      as $body$
      begin
        return case event_type %s end;
      end
      $body$;
    $sql$,
    (
      select string_agg(format('when %L then %L::jsonpath', t.name, concat_ws(' && ',
        '$.schema_version == "v1.0"',
        ops_private.plain_field('$.source_system', jsonb_build_object(
          'type', 'enum', 'required', true, 'values', to_jsonb(enum_range(null::ops.ops_source_system)))),
        '$.idempotency_key.type() == "string"',
        format('$.idempotency_key like_regex "^[!-.0-~]+/[!-.0-~]+/%s(/[!-.0-~]+)*$"', t.name),
        case t.name
          when 'environment_event' then '!exists($.gate_code)'
          when 'gate_signoff' then '$.gate_code.type() == "string" && $.gate_code like_regex "^G[1-4]$"'
          else format('(!exists($.gate_code) || $.gate_code.type() == "string" && $.gate_code == "%s")',
            ops_private.implied_gate(t.name))
        end,
        '$.payload.type() == "object"',
        ops_private.plain_shape('$.payload', ops_private.event_shape(t.name))
      )), ' ')
      from unnest(
        array['build_complete', 'gate_signoff', 'deployment_event', 'health_check', 'environment_event']
      ) as t (name)
    )
  );
end
$do$;
comment on function ops_private.plain_event(text) is
  'The path that holds for ordinary events of a type: made from ops_private.event_shape by ops_private.plain_shape. Null for an unknown one.';
revoke execute on function ops_private.plain_event(text) from public;

create function ops_private.has_plain_lists(payload jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_checks constant jsonb := payload -> 'checks';
  v_evidence constant jsonb := payload -> 'evidence';
  v_names text[] := array[coalesce(payload ->> 'check_name', 'build')];
  v_name text;
  v_digest text;
begin
  for v_place in 0 .. coalesce(jsonb_array_length(v_checks), 0) - 1 loop
    v_name := v_checks -> v_place ->> 'check_name';
    if octet_length(v_name) > 255 or v_name = any (v_names) then
      return false;
    end if;
    v_names := v_names || v_name;
  end loop;
  for v_place in 0 .. coalesce(jsonb_array_length(v_evidence), 0) - 1 loop
    v_digest := v_evidence -> v_place ->> 'sha256';
    if octet_length(v_digest) <> 64 or translate(v_digest, '0123456789abcdefABCDEF', '') <> '' then
      return false;
    end if;
  end loop;
  return true;
end
$$;
comment on function ops_private.has_plain_lists(jsonb) is
  'Of the payload of an event for which ops_private.plain_event holds: whether names in its lists are short enough, digests are digests, and each check is named once.';
revoke execute on function ops_private.has_plain_lists(jsonb) from public;

create function ops_private.is_plain_event(envelope jsonb, observed_at timestamptz) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_key constant text := envelope ->> 'idempotency_key';
  v_payload constant jsonb := envelope -> 'payload';
begin
  return (
    observed_at <= clock_timestamp() + interval '5 minutes'
    and envelope @@ ops_private.plain_event(envelope ->> 'event_type')
    and envelope - array[
      'schema_version', 'idempotency_key', 'event_type', 'source_system', 'release_id', 'gate_code', 'payload',
      'emitted_at'
    ] = '{}'
    and starts_with(v_key, envelope ->> 'source_system' || '/') and octet_length(v_key) <= 255
    and case when envelope -> 'release_id' is null then envelope ->> 'event_type' = 'environment_event'
      else ops_private.uuid_or_null(envelope ->> 'release_id') is not null end
    -- Together shorter than each of them may be.
    and pg_column_size(v_payload) <= 8192
    and octet_length(concat(
      v_payload ->> 'check_name', v_payload ->> 'source_ref', v_payload ->> 'deployment_ref',
      v_payload ->> 'deployed_by', v_payload ->> 'rollback_of_ref', v_payload ->> 'approver_id'
    )) <= 255
    and octet_length(coalesce(v_payload ->> 'event_type', '')) <= 63
    and (v_payload ->> 'rollback_of_ref' = v_payload ->> 'deployment_ref') is not true
    and ops_private.has_plain_lists(v_payload)
  ) is true;
end
$$;
comment on function ops_private.is_plain_event(jsonb, timestamptz) is
  'Whether an object is certainly an event as docs/events says, seen at the time given. False says nothing: then ops_private.check_event looks at every field.';
revoke execute on function ops_private.is_plain_event(jsonb, timestamptz) from public;
