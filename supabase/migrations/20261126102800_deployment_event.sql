-- deployment_event: a deployment of a release started, or its status changed. The gate is G4.

select ops_private.define_event_type('deployment_event', '{ci_service_role,sre}', '[
  {"field": "environment", "type": "enum", "required": true, "enum": "ops_environment"},
  {"field": "target", "type": "name"},
  {"field": "deployment_ref", "type": "name", "required": true},
  {"field": "status", "type": "enum", "required": true, "enum": "ops_deployment_status"},
  {"field": "source_ref", "type": "source_ref", "required": true},
  {"field": "deployed_by", "type": "person", "person": true},
  {"field": "deployed_at", "type": "time"},
  {"field": "rollback_of_ref", "type": "name", "unlike": "deployment_ref"}]'::jsonb
  || ops_private.artifacts_shape(), gate_code => 'G4');

create function ops_private.deployment_named(
  release_id uuid, environment ops.ops_environment, target text, deployment_ref text
) returns ops.deployments
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_deployment ops.deployments;
begin
  select d.* into v_deployment from ops.deployments d
  where d.release_id = deployment_named.release_id and d.environment = deployment_named.environment
    and d.target = coalesce(deployment_named.target, 'default')
    and d.deployment_ref = deployment_named.deployment_ref;
  if not found then
    perform ops_private.refuse_event('unknown_deployment', jsonb_build_object(
      'environment', deployment_named.environment, 'target', coalesce(deployment_named.target, 'default')));
  end if;
  return v_deployment;
end
$$;
comment on function ops_private.deployment_named(uuid, ops.ops_environment, text, text) is
  'The deployment that an event names; target null means default. Refuses the event with unknown_deployment when there is none.';
revoke execute on function ops_private.deployment_named(uuid, ops.ops_environment, text, text) from public;

create function ops_private.rollback_named(
  release_id uuid, environment ops.ops_environment, target text, rollback_of_ref text
) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_undone ops.deployments;
begin
  if rollback_of_ref is null then
    return null;
  end if;
  v_undone := ops_private.deployment_named(
    rollback_named.release_id, rollback_named.environment, rollback_named.target, rollback_named.rollback_of_ref);
  if v_undone.rollback_of is not null then
    perform ops_private.refuse_event('invalid_transition', '{"field": "rollback_of_ref",
      "message": "a rollback cannot undo a rollback", "hint": "deploy again, as a new deployment"}');
  end if;
  return v_undone.deployment_id;
end
$$;
comment on function ops_private.rollback_named(uuid, ops.ops_environment, text, text) is
  'The deployment that a rollback undoes; null for none. Refuses the event with unknown_deployment when there is none of that name, and with invalid_transition when it is a rollback itself.';
revoke execute on function ops_private.rollback_named(uuid, ops.ops_environment, text, text) from public;

create function ops_private.deployment_in_answer(
  release ops.releases, d ops.deployments, reported ops.ops_deployment_status
) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'deployment_id', d.deployment_id, 'environment', d.environment, 'target', d.target, 'deployment_status', d.status,
    'was_eligible', d.was_eligible, 'blockers', d.blockers_at_deploy, 'excepted_by', d.excepted_by)
    || jsonb_strip_nulls(jsonb_build_object(
      'rollback_to_unknown', case when d.rollback_of is not null then exists (
        select from ops_private.deployments_at(d.release_id, 'infinity') as n where n.deployment_id = d.deployment_id
      ) end,
      'remedy', case when d.was_eligible is false then 'deploy again under a new reference' end))
    || case when d.was_eligible is not null and reported in ('in_progress', 'succeeded')
      then coalesce(ops_private.advice_in_answer(release, d.environment, d.artifacts), '{}') else '{}' end;
end
$$;
comment on function ops_private.deployment_in_answer(ops.releases, ops.deployments, ops.ops_deployment_status) is
  'What the answer says of a deployment of which reported was just recorded. rollback_to_unknown, of a rollback: whether it counts as an ordinary deployment, because it goes back to nothing known or does not undo the newest one.';
revoke execute on function ops_private.deployment_in_answer(
  ops.releases, ops.deployments, ops.ops_deployment_status
) from public;

create function ops_private.record_deployment_event(
  envelope jsonb, observed_at timestamptz, release ops.releases
) returns ops_private.recorded
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_environment constant ops.ops_environment := (v_payload ->> 'environment')::ops.ops_environment;
  v_target constant text := coalesce(v_payload ->> 'target', 'default');
  v_status constant ops.ops_deployment_status := (v_payload ->> 'status')::ops.ops_deployment_status;
  v_deployed_at constant timestamptz := least(ops_private.parse_time(v_payload ->> 'deployed_at'), observed_at);
  v_deployed_by constant text := case when ops_private.is_person_role(ops_private.caller_role())
    then ops_private.current_actor() else coalesce(v_payload ->> 'deployed_by', ops_private.current_actor()) end;
  v_source_ref constant ops.source_ref := ops_private.source_ref_of(v_payload ->> 'source_ref');
  v_artifacts jsonb;
  v_rollback_of uuid;
  v_deployment ops.deployments;
  v_recorded ops_private.recorded;
begin
  if v_deployed_at < record_deployment_event.observed_at - interval '1 hour' then
    perform ops_private.refuse_event('invalid_payload', jsonb_build_object('issues', ops_private.issue(
      '["payload", "deployed_at"]', 'too_old', 'expected a time at most 1 hour before the event was observed')));
  end if;
  if coalesce(v_payload -> 'artifacts', 'null') <> 'null' then
    -- What is no list of artifacts is refused when the row is written.
    v_artifacts := nullif(
      coalesce(ops_private.artifacts_listed(v_payload -> 'artifacts'), v_payload -> 'artifacts'), '[]');
  end if;
  v_rollback_of := ops_private.rollback_named(
    release.release_id, v_environment, v_target, v_payload ->> 'rollback_of_ref');
  select d.* into v_deployment from ops.deployments d
  where d.release_id = release.release_id and d.environment = v_environment and d.target = v_target
    and d.deployment_ref = v_payload ->> 'deployment_ref';
  if not found then
    insert into ops.deployments as d (
      release_id, environment, target, deployment_ref, deployed_at, deployed_by, source_ref, status,
      status_observed_at, rollback_of, artifacts
    ) values (
      release.release_id, v_environment, v_target, v_payload ->> 'deployment_ref', v_deployed_at, v_deployed_by,
      v_source_ref, v_status, record_deployment_event.observed_at, v_rollback_of, v_artifacts
    ) returning d.* into v_deployment;
  elsif (v_deployment.source_ref, v_deployment.rollback_of, v_deployment.artifacts)
    is distinct from (v_source_ref, v_rollback_of, v_artifacts) then
    perform ops_private.refuse_event('invalid_transition', jsonb_build_object('field', case
      when v_deployment.source_ref <> v_source_ref then 'source_ref'
      when v_deployment.rollback_of is distinct from v_rollback_of then 'rollback_of_ref' else 'artifacts' end));
  else
    v_deployment := ops_private.report_deployment(
      v_deployment.deployment_id, v_status, record_deployment_event.observed_at, v_deployed_at, v_deployed_by);
  end if;
  v_recorded.deployment_id := v_deployment.deployment_id;
  v_recorded.detail := ops_private.deployment_in_answer(release, v_deployment, v_status);
  return v_recorded;
end
$$;
comment on function ops_private.record_deployment_event(jsonb, timestamptz, ops.releases) is
  'deployment_event: records a new deployment, or a report of a known one. The answer is that of ops_private.deployment_in_answer. Refuses unknown_deployment when rollback_of_ref is unknown; invalid_transition when it names a rollback, or when a known deployment has another source_ref, rollback_of_ref or artifacts; invalid_payload when deployed_at is more than 1 hour before the event was observed.';
revoke execute on function ops_private.record_deployment_event(jsonb, timestamptz, ops.releases) from public;
