-- A submission on its way through the six steps: what is known of it, whether its sender may send it, and what makes
-- two of them the same event.

create type ops_private.submission as (
  envelope jsonb,
  received_at timestamptz,
  observed_at timestamptz,
  in_time boolean,
  actor text,
  idempotency_key text,
  event_type text,
  gate_code ops.ops_gate_code,
  examined boolean,
  content jsonb,
  locked boolean,
  first ops.event_ingest_log,
  outcome ops.ops_processing_status,
  error text,
  detail jsonb
);
comment on type ops_private.submission is
  'One submission on its way through the steps. received_at: when it was received. observed_at: when the fact was observed, by the clock of this server. in_time: whether its times can be read and are not too far ahead. actor: who sent it. examined: whether every field was checked. content: the canonical content. locked: whether this transaction holds the lock of the key. first: the accepted row with the same key. outcome, error, detail: the result, once it is known.';

create type ops_private.recording as (
  release ops.releases,
  project text,
  touched ops.ops_gate_code,
  detail jsonb,
  judged ops_private.judgement,
  release_status ops.ops_release_status
);
comment on type ops_private.recording is
  'What an event changed. project: of its release; of an event without one, what it is about. touched: its gate, null for none. detail: what was written. judged, release_status: the verdicts and the status after it.';

create type ops_private.failure as (
  state text,
  message text,
  detail text,
  constraint_name text,
  context text
);
comment on type ops_private.failure is 'What Postgres reports about an exception.';

create function ops_private.check_sender(s ops_private.submission) returns ops_private.submission
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if s.actor is null or not ops_private.may_send(s.envelope) then
    s.error := 'forbidden_event';
    s.detail := ops_private.refused_sender(s.envelope);
  elsif not ops_private.may_send_source((s.envelope ->> 'source_system')::ops.ops_source_system) then
    s.error := 'forbidden_event';
    s.detail := ops_private.refused_source(s.envelope ->> 'source_system');
  end if;
  return s;
end
$$;
comment on function ops_private.check_sender(ops_private.submission) is
  'Refuses a valid event with forbidden_event when the caller is unknown, or is not service_role and may not send it, or not with this source.';
revoke execute on function ops_private.check_sender(ops_private.submission) from public;

create function ops_private.is_repeat(s ops_private.submission) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_accepted constant jsonb := (s.first).content;
begin
  return case when v_accepted ? 'gate_code' then v_accepted - 'gate_code' else v_accepted end
    = (s.envelope - array['schema_version', 'idempotency_key', 'emitted_at', 'sent_at', 'gate_code']
      || jsonb_build_object('caller', s.actor))
    and s.envelope -> 'schema_version' = '"v1.0"'
    -- An event may omit the gate when its type implies it.
    and (coalesce(s.envelope -> 'gate_code', 'null') = 'null' and not v_accepted ? 'gate_code'
      or s.envelope -> 'gate_code' = (s.first).result #> '{gate,gate_code}')
    and not s.envelope ? 'caller' and s.in_time;
end
$$;
comment on function ops_private.is_repeat(ops_private.submission) is
  'Whether a submission repeats the event that was accepted under its key: the same sender sends the same fields, and at most the times differ. Its shape then needs no second check. Null or false when it must be checked.';
revoke execute on function ops_private.is_repeat(ops_private.submission) from public;

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
