-- Event types. Each has a migration of its own that defines its shape, its gate and its function.
-- The edge function checks the same rules earlier and reports more exact paths. SQL checks them again, because callers
-- can also call ops.ingest_event directly.

create table ops_private.event_types (
  event_type text primary key,
  gate_code ops.ops_gate_code,
  names_gate boolean not null,
  senders text[] not null,
  shape jsonb not null,
  pattern jsonpath not null,
  constraint gate_is_implied_or_named check (gate_code is null or not names_gate)
);
comment on table ops_private.event_types is 'One row per event type. Only ops_private.define_event_type writes it.';
comment on column ops_private.event_types.event_type is
  'Primary key. It is also the third part of every idempotency key of the type.';
comment on column ops_private.event_types.gate_code is
  'The gate that events of this type are about. Null when the event itself names the gate, or is about no gate.';
comment on column ops_private.event_types.names_gate is 'Whether the event must name its gate.';
comment on column ops_private.event_types.senders is
  'The roles that may send the type, besides service_role. When the event names its gate, each role may send it only for the gate on which it decides.';
comment on column ops_private.event_types.shape is
  'The fields of the payload, in order: field, type, required, values of an enum, entries of a list (of), and whether the field names a person (a person may only name themselves).';
comment on column ops_private.event_types.pattern is
  'Derived from shape: a JSON path that is true for ordinary events. It is false for every event that breaks a rule, except rules on lengths and repeated names.';
alter table ops_private.event_types enable row level security;
-- Row security without a policy denies too, but linters report it. This one says that nobody is meant to read it; only
-- the owner and definers do, whom row security does not bind.
create policy event_types_all_public on ops_private.event_types for all to public using (false);

create function ops_private.issue(path jsonb, code text, message text) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_array(jsonb_build_object('path', path, 'code', code, 'message', message));
end
$$;
comment on function ops_private.issue(jsonb, text, text) is
  'One issue of a refused event, as an array with one entry: path, code, and what was expected. It never contains what was sent.';
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
comment on function ops_private.uuid_or_null(text) is 'A text as a UUID, if it is one with hyphens; otherwise null.';
revoke execute on function ops_private.uuid_or_null(text) from public;

create function ops_private.parse_time(value text) returns timestamptz
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if (value ~ ('^2[01]\d\d-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?'
      '(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$') collate "C") is not true then
    return null;
  end if;
  return value::timestamptz;
exception when datetime_field_overflow or invalid_time_zone_displacement_value then
  return null; -- for example the 30th of February, or an offset that is too large
end
$$;
comment on function ops_private.parse_time(text) is
  'A full ISO 8601 time with an offset, of the years 2000 to 2199; null for anything else. Because of the offset the result does not depend on the time zone of the session.';
revoke execute on function ops_private.parse_time(text) from public;

create function ops_private.unmet(rule jsonb, given jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_type constant text := rule ->> 'type';
  v_text constant text := given #>> '{}';
begin
  return case
    when v_type = 'object' then
      case when rule ? 'filled' and not ops_private.is_filled(given)
          then 'an object that holds a number, true, false, or a text with a visible character'
        when jsonb_typeof(given) <> 'object' then 'an object' end
    when v_type = 'list' then
      case when jsonb_typeof(given) <> 'array' then 'an array'
        when jsonb_array_length(given) > (rule ->> 'max')::integer then format('at most %s entries', rule ->> 'max') end
    when jsonb_typeof(given) <> 'string' then 'a string'
    when v_type = 'enum' then case when not rule -> 'values' ? v_text then 'one of the documented values' end
    when v_type = 'person' then case when octet_length(v_text) > 255 or not ops_private.is_stated(v_text)
      then 'at most 255 bytes with at least one visible character' end
    when v_type = 'name' then case when not ops_private.is_name(v_text)
      then '1 to 255 bytes of visible characters in the normal form NFC, not blank at the ends' end
    when v_type = 'source_ref' then case when not ops_private.is_source_ref(v_text)
      then 'a full commit id (40 or 64 hex digits) or a name; 7 to 39 hex digits are a short id, which matches nothing'
      end
    when v_type = 'text' then case when not ops_private.is_stated(v_text)
      then 'at most 8192 bytes with at least one visible character' end
    when v_type = 'word' then
      case when v_text !~ '^[a-z][a-z0-9_]{2,62}$' then 'a lower-case word of 3 to 63 characters' end
    when v_type = 'uri' then case
      when not ops_private.is_address(v_text) or v_text ~* '^file:' and not ops_private.is_local_stack()
        then 'an absolute address of at most 8192 bytes with scheme http, https, s3, gs, azblob, oci or git' end
    when v_type = 'sha256' then case when v_text !~* '^[0-9a-f]{64}$' then '64 hex digits' end
    when v_type = 'time' then
      case when (ops_private.parse_time(v_text) <= clock_timestamp() + interval '5 minutes') is not true
        then 'an ISO 8601 time with an offset, at most 5 minutes ahead' end
    when v_type = 'clock' then
      case when ops_private.parse_time(v_text) is null then 'an ISO 8601 time with an offset' end
  end;
end
$$;
comment on function ops_private.unmet(jsonb, jsonb) is
  'What a rule of a shape expects, in words, when a value breaks the rule; null when the value is right.';
revoke execute on function ops_private.unmet(jsonb, jsonb) from public;

create function ops_private.names_repeat(payload jsonb, list text, once jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
  v_field constant text := once ->> 'field';
  v_names jsonb := jsonb_build_array(coalesce(payload ->> v_field, once ->> 'default'));
begin
  for v_place in 0 .. coalesce(jsonb_array_length(nullif(payload -> list, 'null')), 0) - 1 loop
    if v_names ? (payload -> list -> v_place ->> v_field) then
      return true;
    end if;
    v_names := v_names || (payload -> list -> v_place -> v_field);
  end loop;
  return false;
end
$$;
comment on function ops_private.names_repeat(jsonb, text, jsonb) is
  'Whether a name occurs twice among the entries of a list and the payload around it, which has a default name.';
revoke execute on function ops_private.names_repeat(jsonb, text, jsonb) from public;

create function ops_private.shape_issues(value jsonb, shape jsonb, path jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_issues jsonb := '[]'::jsonb;
  v_rule jsonb;
  v_field text;
  v_path jsonb;
  v_given jsonb;
  v_unmet text;
  v_known integer;
begin
  if jsonb_typeof(value) <> 'object' then
    return ops_private.issue(path, 'malformed', 'expected an object');
  end if;
  for v_rule in select r.value from jsonb_array_elements(shape) as r loop
    v_field := v_rule ->> 'field';
    v_path := path || to_jsonb(v_field);
    v_given := value -> v_field;
    if v_given is null or v_given = 'null' then
      if v_rule ? 'required' then
        v_issues := v_issues || ops_private.issue(v_path, 'missing', 'this field is required');
      end if;
      continue;
    end if;
    v_known := jsonb_array_length(v_issues);
    v_unmet := ops_private.unmet(v_rule, v_given);
    if v_unmet is not null then
      v_issues := v_issues || ops_private.issue(v_path, 'malformed', 'expected ' || v_unmet);
    elsif v_rule ->> 'type' = 'list' then
      for v_entry in 0 .. jsonb_array_length(v_given) - 1 loop
        v_issues := v_issues
          || ops_private.shape_issues(v_given -> v_entry, v_rule -> 'of', v_path || to_jsonb(v_entry));
      end loop;
    end if;
    continue when jsonb_array_length(v_issues) > v_known; -- the next rules need well-formed fields
    if v_rule ? 'once' and ops_private.names_repeat(value, v_field, v_rule -> 'once') then
      v_issues := v_issues || ops_private.issue(v_path, 'mismatch', v_rule #>> '{once,expected}');
    elsif v_given = value -> (v_rule ->> 'unlike') then
      v_issues := v_issues || ops_private.issue(
        v_path, 'mismatch', 'expected another value than ' || (v_rule ->> 'unlike'));
    end if;
  end loop;
  return v_issues;
end
$$;
comment on function ops_private.shape_issues(jsonb, jsonb, jsonb) is
  'All issues of an object against a shape (ops_private.event_types), as an array; empty when there are none. Null counts as absent.';
revoke execute on function ops_private.shape_issues(jsonb, jsonb, jsonb) from public;

-- Most events are ordinary. One JSON path recognizes them in C; listing the issues would loop over every field.
create function ops_private.field_pattern(place text, rule jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_type constant text := rule ->> 'type';
  v_pattern text;
begin
  v_pattern := case
    when v_type = 'object' then format('%1$s.type() == "object"', place)
      || case when rule ? 'filled' then format(' && exists(%1$s.** ? (@.type() == "number" || @.type() == "boolean"'
          ' || @.type() == "string" && @ like_regex "[!-~]"))', place) else '' end
    when v_type = 'list' then format(
      '%1$s.type() == "array" && %1$s.size() <= %2$s && !(%1$s[*].type() != "object")'
      ' && !exists(%1$s[*] ? (!(%3$s)))', place, rule ->> 'max', ops_private.shape_pattern('@', rule -> 'of'))
    when v_type = 'time' then format('!exists(%1$s)', place)
    -- A lax path also matches inside arrays, so test the type before the value.
    else format('%1$s.type() == "string" && ', place) || case
      when v_type = 'enum' then (
        select format('(%s)', string_agg(format('%s == %s', place, v.value), ' || '))
        from jsonb_array_elements(rule -> 'values') as v
      )
      when v_type = 'source_ref' then format('%1$s like_regex %2$s && !(%1$s like_regex %3$s)',
        place, '"^[!-~]([ -~]*[!-~])?$"', '"^[0-9a-fA-F]{7,39}$"')
      -- The constraints of the tables check the lengths.
      else format('%s like_regex %s', place, to_json(case v_type
        when 'name' then '^[!-~]([ -~]*[!-~])?$'
        when 'text' then '[!-~]'
        when 'person' then '[!-~]'
        when 'word' then '^[a-z][a-z0-9_][a-z0-9_]+$'
        when 'uri' then '^((https?|s3|gs|azblob|oci|git)://[!"$-.0->@-~]|file://)[!-~]*$'
        when 'sha256' then '^[0-9A-Fa-f]+$'
      end))
    end
  end || case when rule ? 'unlike' then format(' && !(%1$s == %2$s)', place,
    regexp_replace(place, '[^.]+$', rule ->> 'unlike')) else '' end;
  return case when rule ? 'required' then v_pattern else format('(!exists(%1$s) || %2$s)', place, v_pattern) end;
end
$$;
comment on function ops_private.field_pattern(text, jsonb) is
  'A JSON path predicate for one field under a rule of a shape. It is true for ordinary values. It is false for every value that breaks the rule, except rules on lengths and repeated names.';
revoke execute on function ops_private.field_pattern(text, jsonb) from public;

create function ops_private.shape_pattern(place text, shape jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select string_agg(
      ops_private.field_pattern(format('%s.%s', place, r.rule ->> 'field'), r.rule), ' && ' order by r.number)
    from jsonb_array_elements(shape) with ordinality as r (rule, number)
  );
end
$$;
comment on function ops_private.shape_pattern(text, jsonb) is
  'The predicates of all fields of a shape (ops_private.field_pattern), joined by and.';
revoke execute on function ops_private.shape_pattern(text, jsonb) from public;

create function ops_private.with_enum_values(shape jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_agg(r.rule - 'enum'
      || case when r.rule ? 'enum' then jsonb_build_object('values', (
        select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
        where e.enumtypid = format('ops.%I', r.rule ->> 'enum')::regtype
      )) else '{}' end
      || case when r.rule ? 'of' then jsonb_build_object('of', ops_private.with_enum_values(r.rule -> 'of'))
        else '{}' end
      order by r.number)
    from jsonb_array_elements(shape) with ordinality as r (rule, number)
  );
end
$$;
comment on function ops_private.with_enum_values(jsonb) is
  'A shape with the values of the enum of ops filled in for each rule that names one.';
revoke execute on function ops_private.with_enum_values(jsonb) from public;

create function ops_private.define_event_type(
  event_type text, senders text[], shape jsonb, gate_code ops.ops_gate_code default null,
  names_gate boolean default false
) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_shape constant jsonb := ops_private.with_enum_values(define_event_type.shape);
begin
  insert into ops_private.event_types (
    event_type, gate_code, names_gate, senders, shape, pattern
  ) values (
    define_event_type.event_type, define_event_type.gate_code, define_event_type.names_gate,
    define_event_type.senders, v_shape,
    concat_ws(' && ',
      '$.schema_version == "v1.0"',
      ops_private.field_pattern('$.source_system', jsonb_build_object(
        'type', 'enum', 'required', true, 'values', to_jsonb(enum_range(null::ops.ops_source_system)))),
      '$.idempotency_key.type() == "string"',
      '$.idempotency_key like_regex "^[!-.0-~]+/[!-.0-~]+/[!-.0-~]+(/[!-.0-~]+)*$"',
      case
        when define_event_type.names_gate
          then '$.gate_code.type() == "string" && $.gate_code like_regex "^G[1-4]$"'
        when define_event_type.gate_code is null then '!exists($.gate_code)'
        else format('(!exists($.gate_code) || $.gate_code.type() == "string" && $.gate_code == "%s")',
          define_event_type.gate_code)
      end,
      case when define_event_type.names_gate or define_event_type.gate_code is not null
        then '$.release_id.type() == "string"' else '(!exists($.release_id) || $.release_id.type() == "string")' end,
      '$.payload.type() == "object"',
      ops_private.shape_pattern('$.payload', v_shape)
    )::jsonpath
  );
end
$$;
comment on function ops_private.define_event_type(text, text[], jsonb, ops.ops_gate_code, boolean) is
  'Defines an event type: who may send it, the shape of its payload, and its gate: fixed (gate_code), named by the event (names_gate), or none. Derives the pattern from the shape. ops_private.record must have a branch that calls the function of the type.';
revoke execute on function ops_private.define_event_type(text, text[], jsonb, ops.ops_gate_code, boolean) from public;

create function ops_private.evidence_shape() returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return '{"field": "evidence", "type": "list", "max": 50, "of": [
    {"field": "artifact_type", "type": "enum", "required": true, "enum": "ops_artifact_type"},
    {"field": "artifact_url", "type": "uri", "required": true},
    {"field": "sha256", "type": "sha256"}]}'::jsonb;
end
$$;
comment on function ops_private.evidence_shape() is
  'The rule for the field evidence[], which several event types have. ops_private.record writes its entries.';
revoke execute on function ops_private.evidence_shape() from public;

create function ops_private.artifacts_shape() returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return '{"field": "artifacts", "type": "list", "max": 100, "of": [
    {"field": "name", "type": "name", "required": true},
    {"field": "sha256", "type": "sha256", "required": true}]}'::jsonb;
end
$$;
comment on function ops_private.artifacts_shape() is
  'The rule for the field artifacts[] of builds and deployments. ops_private.artifacts_listed reads it.';
revoke execute on function ops_private.artifacts_shape() from public;

create type ops_private.recorded as (
  detail jsonb,
  check_id uuid,
  deployment_id uuid,
  approval_id uuid,
  artifacts integer,
  evidence integer
);
comment on type ops_private.recorded is
  'What the function of an event type wrote: detail for the answer; the check, the deployment and the sign-off to which the evidence[] of the event belongs; artifacts, how many a build named, null for none; evidence, the number of artifacts written already, null for a type without evidence[].';

create function ops_private.refuse_event(error text, detail jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'OPS20', message = error, detail = detail::text;
end
$$;
comment on function ops_private.refuse_event(text, jsonb) is
  'Raises OPS20. ops.ingest_event turns it into a rejected log row and answer: the message is the error code, the detail is the detail of the answer.';
revoke execute on function ops_private.refuse_event(text, jsonb) from public;
