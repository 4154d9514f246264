-- What must be equal for two submissions to be the same event, and in which field they differ.

create function ops_private.trim_numbers(value jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case jsonb_typeof(value)
    when 'number' then to_jsonb(trim_scale(value::numeric))
    -- Numbers are trimmed here and not by a call each: an event may have thousands.
    when 'array' then (
      select coalesce(jsonb_agg(case jsonb_typeof(e.value)
        when 'number' then to_jsonb(trim_scale(e.value::numeric))
        when 'string' then e.value else ops_private.trim_numbers(e.value) end order by e.ordinality), '[]')
      from jsonb_array_elements(value) with ordinality as e)
    when 'object' then (
      select coalesce(jsonb_object_agg(e.key, case jsonb_typeof(e.value)
        when 'number' then to_jsonb(trim_scale(e.value::numeric))
        when 'string' then e.value else ops_private.trim_numbers(e.value) end), '{}')
      from jsonb_each(value) as e)
    else value
  end;
end
$$;
comment on function ops_private.trim_numbers(jsonb) is
  'The document with trailing zeros of numbers removed at any depth (1.0 becomes 1), so that equal contents have equal hashes.';
revoke execute on function ops_private.trim_numbers(jsonb) from public;

create function ops_private.identity_fields(event_type text) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return array['release_id'] || case event_type
    when 'build_complete' then array['payload.check_name', 'payload.part']
    when 'gate_signoff' then array[
      'gate_code', 'payload.approver_id', 'payload.environment', 'payload.target', 'payload.deployment_ref']
    when 'deployment_event' then array[
      'payload.environment', 'payload.target', 'payload.deployment_ref', 'payload.status']
    when 'health_check' then array[
      'payload.environment', 'payload.target', 'payload.deployment_ref', 'payload.check_name', 'payload.part']
    when 'environment_event' then array['payload.environment', 'payload.event_type']
    else '{}'
  end;
end
$$;
comment on function ops_private.identity_fields(text) is
  'The fields that say which fact an event of a type reports, beside source, run and attempt. docs/events has the same table, and clients make keys by it.';
revoke execute on function ops_private.identity_fields(text) from public;

create function ops_private.differing_field(first jsonb, second jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_identity constant text[] := ops_private.identity_fields(first ->> 'event_type');
begin
  return (
    select left(k.name, 255) from (
      select jsonb_object_keys(first - 'payload') as name union select jsonb_object_keys(second - 'payload')
      union select 'payload.' || jsonb_object_keys(first -> 'payload')
      union select 'payload.' || jsonb_object_keys(second -> 'payload')
    ) as k
    where case when k.name like 'payload.%'
      then first -> 'payload' -> substr(k.name, 9) is distinct from second -> 'payload' -> substr(k.name, 9)
      else first -> k.name is distinct from second -> k.name end
    order by k.name <> all (v_identity), k.name limit 1
  );
end
$$;
comment on function ops_private.differing_field(jsonb, jsonb) is
  'Name of the first field in which two canonical contents differ: an identity field if there is one (ops_private.identity_fields), in alphabetical order.';
revoke execute on function ops_private.differing_field(jsonb, jsonb) from public;
