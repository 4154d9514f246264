-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.record_build_complete (
  envelope    jsonb,
  observed_at timestamp with time zone,
  release     ops.releases,
  gate_id     uuid
)
  RETURNS ops_private.recorded
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."record_build_complete"(jsonb, timestamp with time zone, ops.releases, uuid) IS 'build_complete: records the main check and those in checks[], on G1, and the artifacts that it names. Refuses source_ref_mismatch when another commit was built.';

REVOKE ALL ON FUNCTION "ops_private"."record_build_complete"(jsonb, timestamp WITH time zone, ops.releases, uuid) FROM PUBLIC;
