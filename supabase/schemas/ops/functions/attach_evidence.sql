CREATE OR REPLACE FUNCTION ops.attach_evidence (
  release_id    uuid,
  gate_id       uuid,
  check_id      uuid,
  deployment_id uuid,
  envelope      jsonb,
  observed_at   timestamp with time zone
)
  RETURNS integer
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_count integer;
begin
  insert into ops.evidence_artifacts (
    release_id, gate_id, check_id, deployment_id, artifact_type, source_system, artifact_url, sha256, observed_at,
    metadata
  )
  select
    attach_evidence.release_id, attach_evidence.gate_id, attach_evidence.check_id, attach_evidence.deployment_id,
    (e.value ->> 'artifact_type')::ops.ops_artifact_type, (envelope ->> 'source_system')::ops.ops_source_system,
    e.value ->> 'artifact_url', e.value ->> 'sha256', attach_evidence.observed_at,
    e.value - array['artifact_type', 'artifact_url', 'sha256']
  from jsonb_array_elements(nullif(envelope -> 'payload' -> 'evidence', 'null')) as e;
  get diagnostics v_count = row_count;
  return v_count;
end
$function$;

COMMENT ON FUNCTION "ops"."attach_evidence"(uuid, uuid, uuid, uuid, jsonb, timestamp with time zone) IS 'Writes the evidence[] of an event, linked as given; returns how many. Fields it does not know are kept as metadata.';

REVOKE ALL ON FUNCTION "ops"."attach_evidence"(uuid, uuid, uuid, uuid, jsonb, timestamp WITH time zone) FROM PUBLIC;
