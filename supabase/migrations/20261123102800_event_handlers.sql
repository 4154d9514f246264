-- One small function per event type: it writes the facts of an event that was checked, and says what it wrote.
-- They run inside ops.ingest_event, which holds the locks, judges once afterwards and keeps the log.

create function ops_private.attach_evidence(
  release_id uuid, gate_id uuid, check_id uuid, deployment_id uuid, envelope jsonb, observed_at timestamptz
) returns integer
language plpgsql set search_path = pg_catalog, pg_temp
as $$
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
$$;
comment on function ops_private.attach_evidence(uuid, uuid, uuid, uuid, jsonb, timestamptz) is
  'Writes the evidence[] of an event, linked as given; returns how many. Fields it does not know are kept as metadata.';
revoke execute on function ops_private.attach_evidence(uuid, uuid, uuid, uuid, jsonb, timestamptz) from public;

create function ops_private.apply_build_complete(release ops.releases, gate_id uuid, envelope jsonb, observed_at timestamptz)
returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_check_id constant uuid := gen_random_uuid();
  v_checks integer;
begin
  if v_payload ->> 'source_ref' <> release.source_ref then
    perform ops_private.refuse_event('source_ref_mismatch', jsonb_build_object('expected', release.source_ref));
  end if;
  insert into ops.gate_checks (
    check_id, release_id, gate_id, check_name, source_system, status, artifact_ref, observed_at, metadata
  )
  select
    coalesce(c.check_id, gen_random_uuid()), release.release_id, apply_build_complete.gate_id,
    coalesce(c.value ->> 'check_name', 'build'),
    (envelope ->> 'source_system')::ops.ops_source_system, (c.value ->> 'status')::ops.ops_check_status,
    c.value ->> 'artifact_ref', apply_build_complete.observed_at,
    c.value - array['check_name', 'status', 'artifact_ref', 'checks', 'evidence', 'source_ref']
  from (
    select v_check_id as check_id, v_payload as value
    union all
    select null, e.value from jsonb_array_elements(nullif(v_payload -> 'checks', 'null')) as e
  ) as c;
  get diagnostics v_checks = row_count;
  return jsonb_build_object(
    'check_id', v_check_id, 'checks', v_checks,
    'evidence', ops_private.attach_evidence(
      release.release_id, apply_build_complete.gate_id, v_check_id, null, envelope, apply_build_complete.observed_at
    )
  );
end
$$;
comment on function ops_private.apply_build_complete(ops.releases, uuid, jsonb, timestamptz) is
  'build_complete: its main check, the others in checks[], and evidence, on G1. source_ref_mismatch for a build of another commit.';
revoke execute on function ops_private.apply_build_complete(ops.releases, uuid, jsonb, timestamptz) from public;

create function ops_private.apply_gate_signoff(release ops.releases, gate_id uuid, envelope jsonb, observed_at timestamptz)
returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_approval_id uuid;
begin
  insert into ops.approvals (
    release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured, rationale_text, observed_at
  ) values (
    release.release_id, apply_gate_signoff.gate_id, v_payload ->> 'approver_id',
    (v_payload ->> 'persona_role')::ops.ops_persona_role, (v_payload ->> 'decision')::ops.ops_decision_type, 'gate',
    v_payload -> 'rationale_structured', v_payload ->> 'rationale_text', apply_gate_signoff.observed_at
  ) returning approval_id into v_approval_id;
  return jsonb_build_object(
    'approval_id', v_approval_id,
    'evidence', ops_private.attach_evidence(
      release.release_id, apply_gate_signoff.gate_id, null, null, envelope, apply_gate_signoff.observed_at
    )
  );
end
$$;
comment on function ops_private.apply_gate_signoff(ops.releases, uuid, jsonb, timestamptz) is
  'gate_signoff: the decision on the gate, and evidence for it. OPS06 when a machine names somebody who is not an active member with the persona''s role.';
revoke execute on function ops_private.apply_gate_signoff(ops.releases, uuid, jsonb, timestamptz) from public;

create function ops_private.apply_deployment_event(release ops.releases, gate_id uuid, envelope jsonb, observed_at timestamptz)
returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_environment constant ops.ops_environment := v_payload ->> 'environment';
  v_status constant ops.ops_deployment_status := v_payload ->> 'status';
  v_deployed_at constant timestamptz := coalesce(ops_private.parse_time(v_payload ->> 'deployed_at'), observed_at);
  v_deployed_by constant text := case when ops_private.is_person_role(ops_private.caller_role()) then ops_private.current_actor()
    else coalesce(v_payload ->> 'deployed_by', ops_private.current_actor()) end;
  v_rollback_of uuid;
  v_deployment ops.deployments;
begin
  if v_payload ->> 'rollback_of_ref' is not null then
    v_rollback_of := (ops_private.deployment_named(
      release.release_id, v_environment, v_payload ->> 'rollback_of_ref'
    )).deployment_id;
  end if;
  select d.* into v_deployment from ops.deployments d
  where d.release_id = release.release_id and d.environment = v_environment
    and d.deployment_ref = v_payload ->> 'deployment_ref';
  if not found then
    insert into ops.deployments as d (
      release_id, environment, deployment_ref, deployed_at, deployed_by, source_ref, status, status_observed_at,
      rollback_of
    ) values (
      release.release_id, v_environment, v_payload ->> 'deployment_ref', v_deployed_at, v_deployed_by,
      v_payload ->> 'source_ref', v_status, apply_deployment_event.observed_at, v_rollback_of
    ) returning d.* into v_deployment;
  elsif v_deployment.source_ref <> v_payload ->> 'source_ref'
    or v_deployment.rollback_of is distinct from v_rollback_of then
    perform ops_private.refuse_event('invalid_transition', jsonb_build_object(
      'field', case when v_deployment.source_ref <> v_payload ->> 'source_ref'
        then 'source_ref' else 'rollback_of_ref' end));
  else
    v_deployment := ops_private.report_deployment(
      v_deployment.deployment_id, v_status, apply_deployment_event.observed_at, v_deployed_at, v_deployed_by);
  end if;
  return jsonb_build_object(
    'deployment_id', v_deployment.deployment_id, 'environment', v_deployment.environment,
    'deployment_status', v_deployment.status,
    'was_eligible', v_deployment.was_eligible, 'blockers', v_deployment.blockers_at_deploy
  );
end
$$;
comment on function ops_private.apply_deployment_event(ops.releases, uuid, jsonb, timestamptz) is
  'deployment_event: records the deployment, or moves it forward. unknown_deployment for an unknown rollback_of_ref, invalid_transition when a known one has another source_ref or rollback_of_ref.';
revoke execute on function ops_private.apply_deployment_event(ops.releases, uuid, jsonb, timestamptz) from public;

create function ops_private.deployment_named(release_id uuid, environment ops.ops_environment, deployment_ref text)
returns ops.deployments
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_deployment ops.deployments;
begin
  select d.* into v_deployment from ops.deployments d
  where d.release_id = deployment_named.release_id and d.environment = deployment_named.environment
    and d.deployment_ref = deployment_named.deployment_ref;
  if not found then
    perform ops_private.refuse_event('unknown_deployment', jsonb_build_object('environment', deployment_named.environment));
  end if;
  return v_deployment;
end
$$;
comment on function ops_private.deployment_named(uuid, ops.ops_environment, text) is
  'The deployment that an event names; refuses the event with unknown_deployment when there is none.';
revoke execute on function ops_private.deployment_named(uuid, ops.ops_environment, text) from public;

create function ops_private.apply_health_check(release ops.releases, gate_id uuid, envelope jsonb, observed_at timestamptz)
returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_deployment_id uuid;
  v_check_id uuid;
  v_evidence integer;
begin
  v_deployment_id := (ops_private.deployment_named(
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
  v_evidence := 1 + ops_private.attach_evidence(
    release.release_id, apply_health_check.gate_id, v_check_id, v_deployment_id, envelope,
    apply_health_check.observed_at
  );
  perform ops_private.refresh_deployment_health(v_deployment_id);
  return (
    select jsonb_build_object(
      'check_id', v_check_id, 'deployment_id', v_deployment_id, 'evidence', v_evidence, 'g4_status', d.g4_status
    )
    from ops.deployments d where d.deployment_id = v_deployment_id
  );
end
$$;
comment on function ops_private.apply_health_check(ops.releases, uuid, jsonb, timestamptz) is
  'health_check: the check on G4 and its report as evidence, and with them the deployment''s g4_status. unknown_deployment when it was not recorded yet.';
revoke execute on function ops_private.apply_health_check(ops.releases, uuid, jsonb, timestamptz) from public;

create function ops_private.apply_environment_event(envelope jsonb, observed_at timestamptz) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_event_id uuid;
begin
  insert into ops.environment_events (environment, event_type, source_system, payload, idempotency_key, observed_at)
  values (
    (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'event_type',
    (envelope ->> 'source_system')::ops.ops_source_system,
    jsonb_strip_nulls(v_payload - array['environment', 'event_type', 'data'])
      || coalesce(nullif(v_payload -> 'data', 'null'), '{}'),
    envelope ->> 'idempotency_key', apply_environment_event.observed_at
  ) returning event_id into v_event_id;
  return jsonb_build_object('event_id', v_event_id);
end
$$;
comment on function ops_private.apply_environment_event(jsonb, timestamptz) is 'environment_event: one append-only row.';
revoke execute on function ops_private.apply_environment_event(jsonb, timestamptz) from public;
