-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.record_gate_signoff (
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
  v_recorded ops_private.recorded;
  v_approval ops.approvals;
  v_standing uuid;
begin
  insert into ops.approvals (
    release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured, rationale_text,
    artifacts_digest, observed_at, project, created_at
  ) values (
    release.release_id, record_gate_signoff.gate_id, v_payload ->> 'approver_id',
    (v_payload ->> 'persona_role')::ops.ops_persona_role, (v_payload ->> 'decision')::ops.ops_decision_type, 'gate',
    v_payload -> 'rationale_structured', v_payload ->> 'rationale_text',
    case when release.has_artifacts then ops_private.artifacts_digest(release.release_id, 'infinity') end,
    record_gate_signoff.observed_at, release.project, release.recorded_until
  ) returning * into v_approval;
  v_recorded.approval_id := v_approval.approval_id;
  if envelope ->> 'gate_code' = 'G4'
    and coalesce(v_payload ->> 'environment', v_payload ->> 'deployment_ref') is not null then
    v_recorded.deployment_id := (ops_private.deployment_named(
      release.release_id, (v_payload ->> 'environment')::ops.ops_environment, v_payload ->> 'target',
      v_payload ->> 'deployment_ref'
    )).deployment_id;
  end if;
  v_recorded.evidence := 0;
  v_recorded.detail := jsonb_build_object('approval_id', v_approval.approval_id);
  if v_approval.unmet is not null then
    v_recorded.detail := v_recorded.detail || jsonb_build_object('unmet', v_approval.unmet);
  end if;
  v_standing := (
    select d.approval_id
    from ops_private.standing_decisions(release.release_id, record_gate_signoff.gate_id, 'infinity') as d
    where d.approver_id = v_approval.approver_id and d.persona_role = v_approval.persona_role
  );
  if v_standing <> v_approval.approval_id then
    v_recorded.detail := v_recorded.detail || jsonb_build_object(
      'superseded_by', jsonb_build_object(v_approval.persona_role, v_standing));
  end if;
  return v_recorded;
end
$function$;

COMMENT ON FUNCTION "ops_private"."record_gate_signoff"(jsonb, timestamp with time zone, ops.releases, uuid) IS 'gate_signoff: records the decision on the gate, stamped with the digest of the artifacts on record. The answer says what an approval does not meet of what policy asks of it (unmet). On G4 it may name the deployment that its evidence is about. Raises OPS06 when a machine names somebody who is not an active member with the persona as role.';

REVOKE ALL ON FUNCTION "ops_private"."record_gate_signoff"(jsonb, timestamp WITH time zone, ops.releases, uuid) FROM PUBLIC;
