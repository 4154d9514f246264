-- Many events in one transaction. Each is recorded by ops.ingest_event, so there is one set of rules.

create function ops_private.require_batch(events jsonb) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if jsonb_typeof(events) is distinct from 'array' then
    raise exception using errcode = '22023', message = 'a batch is a JSON array of events',
      hint = 'send one event to ops.ingest_event';
  -- 4 MiB of text have at most six times as much as jsonb. Each event has a limit of its own.
  elsif pg_column_size(events #> '{}') > 33554432 then
    raise exception using errcode = '54000', message = 'a batch holds at most 4 MiB of text',
      hint = 'send the events in several batches';
  elsif jsonb_array_length(events) not between 1 and 100 then
    raise exception using errcode = '54000', message = 'a batch holds 1 to 100 events',
      hint = 'send the events in several batches';
  end if;
end
$$;
comment on function ops_private.require_batch(jsonb) is
  'Raises 22023 unless this is an array, 54000 unless it has 1 to 100 elements in at most 32 MiB, as Postgres stores them.';
revoke execute on function ops_private.require_batch(jsonb) from public;

create function ops_private.lock_batch(events jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
  v_release_ids uuid[];
begin
  -- What no event of these may lock, the batch may not lock either: each event refuses such a caller by itself.
  if current_setting('role') <> 'service_role' and not ops_private.is_member() then
    return;
  end if;
  for v_key in
    select e.value ->> 'idempotency_key' from jsonb_array_elements(events) as e
    where jsonb_typeof(e.value -> 'idempotency_key') = 'string'
    -- By the lock, not by the key: two keys may share one.
    order by hashtextextended('key ' || (e.value ->> 'idempotency_key'), 0)
  loop
    perform pg_advisory_xact_lock(hashtextextended('key ' || v_key, 0));
  end loop;
  -- A refusal locks the release on which it keeps a stop. What is no refusal may have a field of that name.
  select array_agg(distinct r.release_id) into v_release_ids
  from jsonb_array_elements(events) as e
  cross join unnest(array[e.value -> 'release_id', e.value #> '{refusal,release_id}']) as named (value)
  cross join lateral ops_private.uuid_or_null(ops_private.short_text(named.value)) as r (release_id);
  perform from ops.releases release
  where release.release_id = any(v_release_ids)
    and (current_setting('role') = 'service_role' or ops_private.sees(release.project))
  order by release.release_id for no key update;
end
$$;
comment on function ops_private.lock_batch(jsonb) is
  'Takes the locks of all events of a batch before the first is recorded: their keys, then their releases, each in order. So two batches that share some wait for each other and never in a circle. Locks no release that the caller does not see.';
revoke execute on function ops_private.lock_batch(jsonb) from public;

create function ops.ingest_events(events jsonb) returns jsonb
-- A definer function, as ops.ingest_event.
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '5s'
as $$
declare
  v_event jsonb;
  v_answers jsonb[] = '{}'::jsonb[];
begin
  perform ops_private.require_role('service_role', 'ci_service_role', 'qa_tester', 'release_manager', 'sre');
  perform ops_private.refuse_isolation();
  perform ops_private.require_batch(events);
  perform ops_private.lock_batch(events);
  for v_event in
    select e.value from jsonb_array_elements(events) with ordinality as e order by e.ordinality
  loop
    v_answers := v_answers || case
      -- What is no object has no such field: the answer is null, and would leave the second question to be asked.
      when jsonb_typeof(v_event -> 'refusal') is not distinct from 'object' and v_event - 'refusal' = '{}'
        then ops.record_refusal(v_event -> 'refusal')
      else ops.ingest_event(v_event) end;
  end loop;
  return to_jsonb(v_answers);
end
$$;
comment on function ops.ingest_events(jsonb) is
  'Records 1 to 100 events, at most 32 MiB as Postgres stores them, in one transaction and in their order. Returns an array with the answer of ops.ingest_event to each, in the same order. An event that is refused, or ends in an unexpected error, changes nothing and stops no other one; the second of two equal events is a duplicate. An element {refusal: {…}} and nothing else is what ops.record_refusal takes: the edge function puts one where it refused an event itself. Raises what a retry can solve (40001, 40P01, 55P03, classes 08, 53, 57), and then nothing of the batch is recorded: send the same batch again. A release of the past that cannot be judged raises when the transaction ends, and nothing of the batch is recorded: send its events one by one. 22023 for what is no array, and for a refusal that the edge function does not make; 54000 for too many or too much; OPS03 above read committed; 42501 for a role that may send no events.';
revoke execute on function ops.ingest_events(jsonb) from public;
grant execute on function ops.ingest_events(jsonb) to service_role, ci_service_role, qa_tester, release_manager, sre;
