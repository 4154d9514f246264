-- What the measured functions are held against. Only ever in a database made for measuring.
-- :new_id stands for the default of the schema's own ids (floors.py).
create schema bench;
grant usage on schema bench to service_role;

create table bench.one_row (
  ingest_id uuid primary key default gen_random_uuid(),
  idempotency_key text not null unique,
  content jsonb not null,
  received_at timestamptz not null default clock_timestamp()
);

create function bench.insert_one(envelope jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_ingest_id uuid;
begin
  insert into bench.one_row (idempotency_key, content)
  values (envelope ->> 'idempotency_key', envelope)
  returning ingest_id into v_ingest_id;
  return jsonb_build_object('ingest_id', v_ingest_id, 'status', 'accepted', 'detail', '{}'::jsonb);
end
$$;
comment on function bench.insert_one(jsonb) is 'Floor: one row with a unique key, and an answer that the edge function takes.';

create function bench.insert_rows(envelope jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp -- a definer, so that no trigger judges what it inserts
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_release_id constant uuid := envelope ->> 'release_id';
  v_observed_at constant timestamptz := (envelope ->> 'emitted_at')::timestamptz - interval '1 day'; -- before created_at
  v_check_id constant uuid := :new_id;
  v_gate_id uuid;
  v_ingest_id uuid;
begin
  select g.gate_id into v_gate_id from ops.release_gates g where g.release_id = v_release_id and g.gate_code = 'G1';
  insert into ops.gate_checks (
    check_id, release_id, gate_id, check_name, source_system, status, artifact_ref, observed_at, metadata,
    created_at
  )
  select
    coalesce(c.check_id, :new_id), v_release_id, v_gate_id, coalesce(c.value ->> 'check_name', 'build'),
    'github_actions', (c.value ->> 'status')::ops.ops_check_status, c.value ->> 'artifact_ref', v_observed_at, '{}',
    clock_timestamp()
  from (
    select v_check_id as check_id, v_payload as value
    union all
    select null, e.value from jsonb_array_elements(v_payload -> 'checks') as e
  ) as c;
  insert into ops.evidence_artifacts (
    release_id, gate_id, check_id, artifact_type, source_system, artifact_url, sha256, observed_at,
    created_at
  )
  select
    v_release_id, v_gate_id, v_check_id, (e.value ->> 'artifact_type')::ops.ops_artifact_type, 'github_actions',
    e.value ->> 'artifact_url', e.value ->> 'sha256', v_observed_at, clock_timestamp()
  from jsonb_array_elements(v_payload -> 'evidence') as e;
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, content, processing_status, result,
    release_id, caller_role
  ) values (
    envelope ->> 'source_system', envelope ->> 'event_type', envelope ->> 'idempotency_key', 'v1.0',
    '0000000000000000000000000000000000000000000000000000000000000000', envelope, 'accepted',
    jsonb_build_object(
      'check_id', v_check_id, 'checks', 4, 'evidence', 1, 'release_id', v_release_id, 'release_status', 'in_progress',
      'gate', jsonb_build_object(
        'gate_id', v_gate_id, 'gate_code', 'G1', 'status_before', 'pending', 'status_after', 'passed',
        'missing', '[]'::jsonb
      ),
      'moved', jsonb_build_array(
        jsonb_build_object('gate_code', 'G1', 'status_before', 'pending', 'status_after', 'passed')
      )
    ),
    v_release_id, 'service_role'
  ) returning ingest_id into v_ingest_id;
  return jsonb_build_object('ingest_id', v_ingest_id, 'status', 'accepted', 'detail', '{}'::jsonb);
end
$$;
comment on function bench.insert_rows(jsonb) is
  'Floor: the rows of a build_complete (4 checks, 1 evidence, 1 log row) into the real tables, with their constraints, indexes and row triggers; no lock, no validation, no look at the key, no verdict.';

create function bench.look_up(release_id uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_release_name text;
begin
  select r.release_name into v_release_name from ops.releases r where r.release_id = look_up.release_id;
  return v_release_name;
end
$$;
comment on function bench.look_up(uuid) is
  'Floor: one column of a release by its primary key, from a definer that checks nothing.';
