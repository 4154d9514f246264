CREATE OR REPLACE FUNCTION ops.apply_health_check (
  release     ops.releases,
  gate_id     uuid,
  envelope    jsonb,
  observed_at timestamp with time zone
)
  RETURNS jsonb
  LANGUAGE plpgsql
  SET search_path TO ''
  AS $function$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_deployment_id uuid;
  v_check_id uuid;
  v_evidence integer;
begin
  v_deployment_id := (ops.deployment_named(
    release.release_id, (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'deployment_ref'
  )).deployment_id;
  insert into ops.gate_checks (
    release_id, gate_id, deployment_id, check_name, source_system, status, artifact_ref, observed_at, metadata
  ) values (
    release.release_id, apply_health_check.gate_id, v_deployment_id, coalesce(v_payload ->> 'check_name', 'health'),
    (envelope ->> 'source_system')::ops.ops_source_system, (v_payload ->> 'status')::ops.ops_check_status,
    v_payload ->> 'artifact_ref', apply_health_check.observed_at,
    v_payload - array['environment', 'deployment_ref', 'status', 'artifact_ref', 'check_name', 'evidence']
  ) returning check_id into v_check_id;
  insert into ops.evidence_artifacts (
    release_id, gate_id, check_id, deployment_id, artifact_type, source_system, artifact_url, observed_at
  ) values (
    release.release_id, apply_health_check.gate_id, v_check_id, v_deployment_id, 'health_check',
    (envelope ->> 'source_system')::ops.ops_source_system, v_payload ->> 'artifact_ref', apply_health_check.observed_at
  );
  v_evidence := 1 + ops.attach_evidence(
    release.release_id, apply_health_check.gate_id, v_check_id, v_deployment_id, envelope,
    apply_health_check.observed_at
  );
  perform ops.refresh_deployment_health(v_deployment_id);
  return (
    select jsonb_build_object(
      'check_id', v_check_id, 'deployment_id', v_deployment_id, 'evidence', v_evidence, 'g4_status', d.g4_status
    )
    from ops.deployments d where d.deployment_id = v_deployment_id
  );
end
$function$;

COMMENT ON FUNCTION "ops"."apply_health_check"(ops.releases, uuid, jsonb, timestamp with time zone) IS 'health_check: the check on G4 and its report as evidence, and with them the deployment''s g4_status. unknown_deployment when it was not recorded yet.';

REVOKE ALL ON FUNCTION "ops"."apply_health_check"(ops.releases, uuid, jsonb, timestamp WITH time zone) FROM PUBLIC;
