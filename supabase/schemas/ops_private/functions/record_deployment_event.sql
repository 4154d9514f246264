-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.record_deployment_event (
  envelope    jsonb,
  observed_at timestamp with time zone,
  release     ops.releases
)
  RETURNS ops_private.recorded
  LANGUAGE plpgsql
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."record_deployment_event"(jsonb, timestamp with time zone, ops.releases) IS 'deployment_event: records a new deployment, or a report of a known one. The answer is that of ops_private.deployment_in_answer. Refuses unknown_deployment when rollback_of_ref is unknown; invalid_transition when it names a rollback, or when a known deployment has another source_ref, rollback_of_ref or artifacts; invalid_payload when deployed_at is more than 1 hour before the event was observed.';

REVOKE ALL ON FUNCTION "ops_private"."record_deployment_event"(jsonb, timestamp WITH time zone, ops.releases) FROM PUBLIC;
