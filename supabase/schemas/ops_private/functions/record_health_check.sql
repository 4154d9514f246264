-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.record_health_check (
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
  v_check ops.gate_checks;
  v_newer jsonb;
begin
  v_recorded.deployment_id := (ops_private.deployment_named(
    release.release_id, (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'target',
    v_payload ->> 'deployment_ref'
  )).deployment_id;
  insert into ops.gate_checks (
    release_id, gate_id, deployment_id, check_name, part, source_system, status, artifact_ref, observed_at, metadata,
    project, created_at
  ) values (
    release.release_id, record_health_check.gate_id, v_recorded.deployment_id,
    coalesce(v_payload ->> 'check_name', 'health'),
    ops_private.readable_name(v_payload -> 'part', coalesce(v_payload ->> 'check_name', 'health')),
    v_source, (v_payload ->> 'status')::ops.ops_check_status,
    v_payload ->> 'artifact_ref', record_health_check.observed_at,
    v_payload - array['environment', 'target', 'deployment_ref', 'status', 'artifact_ref', 'check_name', 'evidence'],
    release.project, release.recorded_until
  ) returning * into v_check;
  v_recorded.check_id := v_check.check_id;
  v_newer := (
    select jsonb_build_object(c.check_name, c.check_id)
    from ops_private.counted_checks(
      v_check.release_id, v_check.gate_id, 'infinity', release.dismissed) as c
    where c.deployment_id = v_check.deployment_id and c.check_name = v_check.check_name and c.trusted
      and c.check_id <> v_check.check_id
  );
  -- A report that nobody can find is no evidence. The check counts all the same.
  insert into ops.evidence_artifacts (
    release_id, gate_id, check_id, deployment_id, artifact_type, source_system, artifact_url, observed_at,
    project, created_at
  )
  select
    release.release_id, record_health_check.gate_id, v_recorded.check_id, v_recorded.deployment_id, 'health_check',
    v_source, v_payload ->> 'artifact_ref', record_health_check.observed_at, release.project,
    release.recorded_until
  where ops_private.is_address(v_payload ->> 'artifact_ref')
    and (v_payload ->> 'artifact_ref' !~* '^file:' or ops_private.is_local_stack());
  get diagnostics v_recorded.evidence = row_count;
  perform ops_private.refresh_deployment_health(v_recorded.deployment_id);
  v_recorded.detail := (
    select jsonb_build_object(
      'check_id', v_recorded.check_id, 'deployment_id', d.deployment_id, 'g4_status', d.g4_status)
    from ops.deployments d where d.deployment_id = v_recorded.deployment_id
  );
  if v_newer is not null then
    v_recorded.detail := v_recorded.detail || jsonb_build_object('superseded_by', v_newer);
  end if;
  return v_recorded;
end
$function$;

COMMENT ON FUNCTION "ops_private"."record_health_check"(jsonb, timestamp with time zone, ops.releases, uuid) IS 'health_check: records the check on G4, records its report as evidence when its address is absolute, and updates g4_status of the deployment. Refuses unknown_deployment when the deployment is not recorded yet.';

REVOKE ALL ON FUNCTION "ops_private"."record_health_check"(jsonb, timestamp WITH time zone, ops.releases, uuid) FROM PUBLIC;
