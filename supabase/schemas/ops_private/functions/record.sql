-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.record (
  s ops_private.submission
)
  RETURNS ops_private.recording
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  r ops_private.recording;
  v_release ops.releases;
  v_gate_id uuid;
  v_recorded ops_private.recorded;
  v_count integer;
begin
  if s.envelope ->> 'release_id' is not null then
    if s.event_type = 'gate_signoff' and s.envelope #>> '{payload,seen}' is not null then
      perform ops_private.hold_seen((s.envelope ->> 'release_id')::uuid, s.envelope #>> '{payload,seen}');
    end if;
    -- The update takes the same lock as ops_private.hold_release, and gives the facts of the event their moment.
    -- ops.ingest_event has checked the isolation level.
    update ops.releases release
    set recorded_until = greatest(clock_timestamp(), release.recorded_until + interval '1 microsecond')
    where release.release_id = (s.envelope ->> 'release_id')::uuid
    returning release.* into v_release;
    if not found then
      perform ops_private.refuse_event('unknown_release', '{"hint": "open the release with ops.open_release first"}');
    end if;
    r.release := v_release;
    if v_release.closed_at is not null then
      perform ops_private.refuse_event_of_closed(s.envelope, v_release);
    end if;
  end if;
  if s.gate_code is not null then
    r.touched := s.gate_code;
    select g.gate_id into v_gate_id from ops.release_gates g
    where g.release_id = v_release.release_id and g.gate_code = s.gate_code;
    if not found then
      perform ops_private.refuse_event('unknown_gate', jsonb_build_object('gate_code', s.gate_code));
    end if;
  end if;
  -- One branch for each type. A dynamic call by name would cost as much as writing the rows.
  case s.event_type
    when 'build_complete' then
      v_recorded := ops_private.record_build_complete(s.envelope, s.observed_at, v_release, v_gate_id);
    when 'gate_signoff' then
      v_recorded := ops_private.record_gate_signoff(s.envelope, s.observed_at, v_release, v_gate_id);
    when 'deployment_event' then
      v_recorded := ops_private.record_deployment_event(s.envelope, s.observed_at, v_release, v_gate_id);
    when 'health_check' then
      v_recorded := ops_private.record_health_check(s.envelope, s.observed_at, v_release, v_gate_id);
    when 'environment_event' then
      v_recorded := ops_private.record_environment_event(s.envelope, s.observed_at, v_release);
  end case;
  r.detail := v_recorded.detail;
  if v_recorded.artifacts > 0 then
    r.detail := r.detail || jsonb_build_object('artifacts', v_recorded.artifacts);
    if not v_release.has_artifacts then
      update ops.releases release set has_artifacts = true where release.release_id = v_release.release_id;
      v_release.has_artifacts := true;
      r.release := v_release;
    end if;
  end if;
  if v_recorded.evidence is not null then
    insert into ops.evidence_artifacts (
      release_id, gate_id, check_id, deployment_id, approval_id, artifact_type, source_system, artifact_url, sha256,
      observed_at, metadata
    )
    select
      v_release.release_id, v_gate_id, v_recorded.check_id, v_recorded.deployment_id, v_recorded.approval_id,
      (e.value ->> 'artifact_type')::ops.ops_artifact_type, (s.envelope ->> 'source_system')::ops.ops_source_system,
      e.value ->> 'artifact_url', lower(e.value ->> 'sha256'), s.observed_at,
      e.value - array['artifact_type', 'artifact_url', 'sha256']
    from jsonb_array_elements(nullif(s.envelope -> 'payload' -> 'evidence', 'null')) as e;
    get diagnostics v_count = row_count;
    r.detail := r.detail || jsonb_build_object('evidence', v_recorded.evidence + v_count);
  end if;
  if v_release.contested then
    perform ops_private.end_contested(v_release.release_id, s);
  end if;
  return r;
end
$function$;

COMMENT ON FUNCTION "ops_private"."record"(ops_private.submission) IS 'Step 3: locks the release and writes the facts of an event, by the function of its type, and its evidence[]. Refuses unknown_release, unknown_gate and release_closed. Unknown fields of the payload are stored as metadata.';

REVOKE ALL ON FUNCTION "ops_private"."record"(ops_private.submission) FROM PUBLIC;
