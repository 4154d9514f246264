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
  v_gate_id uuid;
  v_recorded ops_private.recorded;
  v_now timestamptz;
  v_evidence constant jsonb := nullif(s.envelope -> 'payload' -> 'evidence', 'null');
begin
  r.touched := s.gate_code;
  if s.envelope ->> 'release_id' is not null then
    if s.event_type = 'gate_signoff' and s.envelope #>> '{payload,seen}' is not null then
      perform ops_private.hold_seen((s.envelope ->> 'release_id')::uuid, s.envelope #>> '{payload,seen}');
    end if;
    -- Takes the same lock as ops_private.hold_release.
    select release, (
      select g.gate_id from ops.release_gates g where g.release_id = release.release_id and g.gate_code = s.gate_code
    ) into r.release, v_gate_id
    from ops.releases release
    where release.release_id = (s.envelope ->> 'release_id')::uuid
      and (current_setting('role') = 'service_role' or ops_private.sees(release.project)) for no key update;
    if current_setting('role') <> 'service_role' then
      perform ops_private.require_sight((r.release).project);
    end if;
    -- Give the facts of the event their moment. Builds and sign-offs pass it on, and ops_private.store writes it. The
    -- other facts, and the ends of contested reports, are stamped from the row of the release.
    if (r.release).imported_at is not null then
      set constraints ops._950_judge_past deferred; -- it must not judge before the facts are written
    end if;
    v_now := clock_timestamp();
    if s.event_type in ('build_complete', 'gate_signoff') and not (r.release).contested
      and (r.release).imported_at is null
      and v_now > (r.release).recorded_until and v_now >= transaction_timestamp() then
      r.release.recorded_until := v_now;
    else
      r.release.recorded_until := ops_private.next_moment((r.release).release_id);
    end if;
  end if;
  if v_gate_id is null or (r.release).closed_at is not null or s.envelope ? 'imported' then
    perform ops_private.refuse_record(s, r.release, v_gate_id);
  end if;
  -- One branch for each type. A dynamic call by name would cost as much as writing the rows.
  case s.event_type
    when 'build_complete' then
      v_recorded := ops_private.record_build_complete(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'gate_signoff' then
      v_recorded := ops_private.record_gate_signoff(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'deployment_event' then
      v_recorded := ops_private.record_deployment_event(s.envelope, s.observed_at, r.release);
    when 'health_check' then
      v_recorded := ops_private.record_health_check(s.envelope, s.observed_at, r.release, v_gate_id);
    when 'environment_event' then
      r.project := ops_private.project_of_event(s.envelope #>> '{payload,project}', r.release);
      v_recorded := ops_private.record_environment_event(s.envelope, s.observed_at, r.release, r.project);
  end case;
  r.detail := v_recorded.detail;
  if v_recorded.artifacts > 0 or (r.release).contested then
    r := ops_private.follow_up(s, r, v_recorded.artifacts);
  end if;
  if v_recorded.evidence is not null then
    insert into ops.evidence_artifacts (
      release_id, gate_id, check_id, deployment_id, approval_id, artifact_type, source_system, artifact_url, sha256,
      observed_at, metadata, project, created_at
    ) select
      (r.release).release_id, v_gate_id, v_recorded.check_id, v_recorded.deployment_id, v_recorded.approval_id,
      (e.value ->> 'artifact_type')::ops.ops_artifact_type, (s.envelope ->> 'source_system')::ops.ops_source_system,
      e.value ->> 'artifact_url', lower(e.value ->> 'sha256'), s.observed_at,
      e.value - array['artifact_type', 'artifact_url', 'sha256'], (r.release).project,
      (r.release).recorded_until
    from jsonb_array_elements(v_evidence) as e;
    r.detail := r.detail || jsonb_build_object(
      'evidence', v_recorded.evidence + coalesce(jsonb_array_length(v_evidence), 0));
  end if;
  if (r.release).imported_at is not null then
    r.touched := null; -- ops_private.tg_judge_past judges it
    r.detail := r.detail || jsonb_build_object('release_id', (r.release).release_id);
  end if;
  return r;
end
$function$;

COMMENT ON FUNCTION "ops_private"."record"(ops_private.submission) IS 'Step 3: locks the release and writes the facts of an event, by the function of its type, and its evidence[]. Refuses unknown_release, unknown_gate, release_not_imported and release_closed. Unknown fields of the payload are stored as metadata. A release of the past is not judged here.';

REVOKE ALL ON FUNCTION "ops_private"."record"(ops_private.submission) FROM PUBLIC;
