-- gate_signoff: a person decided on a gate. The event names the gate.

select ops_private.define_event_type('gate_signoff', '{qa_tester,release_manager}', '[
  {"field": "decision", "type": "enum", "required": true, "enum": "ops_decision_type"},
  {"field": "approver_id", "type": "name", "required": true, "person": true},
  {"field": "persona_role", "type": "enum", "required": true, "enum": "ops_persona_role"},
  {"field": "rationale_structured", "type": "object", "required": true, "filled": true},
  {"field": "rationale_text", "type": "text"}]'::jsonb || ops_private.evidence_shape(), names_gate => true);

create function ops_private.record_gate_signoff(
  envelope jsonb, observed_at timestamptz, release ops.releases, gate_id uuid
) returns ops_private.recorded
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload constant jsonb := envelope -> 'payload';
  v_recorded ops_private.recorded;
  v_approval ops.approvals;
  v_standing uuid;
begin
  insert into ops.approvals (
    release_id, gate_id, approver_id, persona_role, decision, scope, rationale_structured, rationale_text, observed_at
  ) values (
    release.release_id, record_gate_signoff.gate_id, v_payload ->> 'approver_id',
    (v_payload ->> 'persona_role')::ops.ops_persona_role, (v_payload ->> 'decision')::ops.ops_decision_type, 'gate',
    v_payload -> 'rationale_structured', v_payload ->> 'rationale_text', record_gate_signoff.observed_at
  ) returning * into v_approval;
  v_recorded.evidence := 0;
  v_recorded.detail := jsonb_build_object('approval_id', v_approval.approval_id);
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
$$;
comment on function ops_private.record_gate_signoff(jsonb, timestamptz, ops.releases, uuid) is
  'gate_signoff: records the decision on the gate. Raises OPS06 when a machine names somebody who is not an active member with the persona as role.';
revoke execute on function ops_private.record_gate_signoff(jsonb, timestamptz, ops.releases, uuid) from public;
