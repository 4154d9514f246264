CREATE OR REPLACE FUNCTION ops.apply_gate_signoff (
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
    'evidence', ops.attach_evidence(
      release.release_id, apply_gate_signoff.gate_id, null, null, envelope, apply_gate_signoff.observed_at
    )
  );
end
$function$;

COMMENT ON FUNCTION "ops"."apply_gate_signoff"(ops.releases, uuid, jsonb, timestamp with time zone) IS 'gate_signoff: the decision on the gate, and evidence for it. OPS06 when a machine names somebody who is not an active member with the persona''s role.';

REVOKE ALL ON FUNCTION "ops"."apply_gate_signoff"(ops.releases, uuid, jsonb, timestamp WITH time zone) FROM PUBLIC;
