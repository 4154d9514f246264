-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.lock_batch (
  events jsonb
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."lock_batch"(jsonb) IS 'Takes the locks of all events of a batch before the first is recorded: their keys, then their releases, each in order. So two batches that share some wait for each other and never in a circle. Locks no release that the caller does not see.';

REVOKE ALL ON FUNCTION "ops_private"."lock_batch"(jsonb) FROM PUBLIC;
