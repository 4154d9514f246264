-- build_complete: a pipeline built a commit and ran checks on it. The gate is G1.

select ops_private.define_event_type('build_complete', '{ci_service_role}', '[
  {"field": "status", "type": "enum", "required": true, "values": ["pass", "fail"]},
  {"field": "check_name", "type": "name"},
  {"field": "checks", "type": "list", "max": 100, "of": [
    {"field": "check_name", "type": "name", "required": true},
    {"field": "status", "type": "enum", "required": true, "enum": "ops_check_status"},
    {"field": "artifact_ref", "type": "text"}
  ], "once": {"field": "check_name", "default": "build",
    "expected": "expected each check_name once, including the main check (default build)"}},
  {"field": "artifact_ref", "type": "text"},
  {"field": "source_ref", "type": "source_ref"}]'::jsonb
    || ops_private.evidence_shape() || ops_private.artifacts_shape(),
  gate_code => 'G1');

create function ops_private.newer_checks(
  release ops.releases, gate_id uuid, observed_at timestamptz, names jsonb
) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  -- Nearly always nothing on record was observed later.
  if not exists (
    select from ops.gate_checks gc
    where gc.release_id = release.release_id and gc.gate_id = newer_checks.gate_id and gc.trusted
      and gc.observed_at >= newer_checks.observed_at and gc.created_at < release.recorded_until
  ) then
    return null;
  end if;
  return (
    select jsonb_build_object('superseded_by', jsonb_object_agg(c.check_name, c.check_id))
    from ops_private.latest_checks(release.release_id, newer_checks.gate_id, 'infinity', release.dismissed) as c
    join ops.gate_checks gc on gc.release_id = release.release_id and gc.gate_id = newer_checks.gate_id
      and gc.check_id = c.check_id
    where c.trusted and names ? c.check_name and gc.created_at < release.recorded_until
    having count(*) > 0
  );
end
$$;
comment on function ops_private.newer_checks(ops.releases, uuid, timestamptz, jsonb) is
  'What the answer to a build says of checks on record that count instead of those just written (at recorded_until of the release), because they were observed later: {superseded_by: {check_name: check_id}}. Null without any.';
revoke execute on function ops_private.newer_checks(ops.releases, uuid, timestamptz, jsonb) from public;

create function ops_private.record_artifacts(release ops.releases, gate_id uuid, check_id uuid, given jsonb)
returns integer
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_artifacts constant jsonb := ops_private.artifacts_listed(given);
begin
  if v_artifacts is null then
    perform ops_private.refuse_event('invalid_payload', '{}'); -- answer_refused lists the issues
  end if;
  insert into ops.build_artifacts (release_id, gate_id, check_id, name, sha256, project, created_at)
  select release.release_id, record_artifacts.gate_id, record_artifacts.check_id, e.value ->> 'name', e.value ->> 'sha256',
    release.project, release.recorded_until
  from jsonb_array_elements(v_artifacts) as e;
  return jsonb_array_length(v_artifacts);
end
$$;
comment on function ops_private.record_artifacts(ops.releases, uuid, uuid, jsonb) is
  'Records the artifacts that a build names, and returns how many. Refuses what is no list of artifacts.';
revoke execute on function ops_private.record_artifacts(ops.releases, uuid, uuid, jsonb) from public;

create function ops_private.record_build_complete(
  envelope jsonb, observed_at timestamptz, release ops.releases, gate_id uuid
) returns ops_private.recorded
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_source constant ops.ops_source_system := (envelope ->> 'source_system')::ops.ops_source_system;
  v_recorded ops_private.recorded;
  v_checks integer;
  v_names jsonb := jsonb_path_query_array(envelope -> 'payload', '$.checks[*].check_name')
    || to_jsonb(coalesce(envelope -> 'payload' ->> 'check_name', 'build'));
  v_part text := v_names ->> -1;
begin
  if coalesce(v_payload ->> 'source_ref', release.source_ref) <> release.source_ref
    and ops_private.source_ref_of(v_payload ->> 'source_ref') <> release.source_ref then
    perform ops_private.refuse_event('source_ref_mismatch', jsonb_build_object('expected', release.source_ref));
  end if;
  for v_place in 1 .. jsonb_array_length(v_names) - 1 loop
    if v_names - v_place ? (v_names ->> v_place) then
      perform ops_private.refuse_event('invalid_payload', '{}'); -- answer_refused lists the issues
    end if;
  end loop;
  if v_payload ? 'part' then
    v_part := ops_private.readable_name(v_payload -> 'part', v_part);
  end if;
  v_recorded.check_id := ops_private.new_id();
  insert into ops.gate_checks (
    check_id, release_id, gate_id, check_name, part, source_system, status, artifact_ref, observed_at, metadata,
    project, created_at
  )
  select
    c.check_id, release.release_id, record_build_complete.gate_id, coalesce(c.value ->> 'check_name', 'build'),
    v_part, v_source, (c.value ->> 'status')::ops.ops_check_status, c.value ->> 'artifact_ref',
    record_build_complete.observed_at,
    c.value - array['check_name', 'status', 'artifact_ref', 'checks', 'evidence', 'artifacts', 'source_ref'],
    release.project, release.recorded_until
  from (
    select v_recorded.check_id, v_payload as value
    union all
    select ops_private.new_id(), e.value from jsonb_array_elements(nullif(v_payload -> 'checks', 'null')) as e
  ) as c;
  get diagnostics v_checks = row_count;
  if coalesce(v_payload -> 'artifacts', 'null') not in ('null', '[]') then
    v_recorded.artifacts := ops_private.record_artifacts(release, gate_id, v_recorded.check_id, v_payload -> 'artifacts');
  end if;
  v_recorded.evidence := 0;
  v_recorded.detail := jsonb_build_object('check_id', v_recorded.check_id, 'checks', v_checks);
  if release.status <> 'draft' then -- a draft had no facts
    v_recorded.detail := v_recorded.detail || coalesce(
      ops_private.newer_checks(release, gate_id, observed_at, v_names), '{}');
  end if;
  return v_recorded;
end
$$;
comment on function ops_private.record_build_complete(jsonb, timestamptz, ops.releases, uuid) is
  'build_complete: records the main check and those in checks[], on G1, and the artifacts that it names. Refuses source_ref_mismatch when another commit was built.';
revoke execute on function ops_private.record_build_complete(jsonb, timestamptz, ops.releases, uuid) from public;
