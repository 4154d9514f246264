-- gate_signoff: a person decided on a gate. The event names the gate.

select ops_private.define_event_type('gate_signoff', '{qa_tester,release_manager}', '[
  {"field": "decision", "type": "enum", "required": true, "enum": "ops_decision_type"},
  {"field": "approver_id", "type": "person", "required": true, "person": true},
  {"field": "persona_role", "type": "enum", "required": true, "enum": "ops_persona_role"},
  {"field": "rationale_structured", "type": "object", "required": true, "filled": true},
  {"field": "rationale_text", "type": "text"},
  {"field": "seen", "type": "sha256"},
  {"field": "environment", "type": "enum", "enum": "ops_environment"},
  {"field": "target", "type": "name"},
  {"field": "deployment_ref", "type": "name"}]'::jsonb || ops_private.evidence_shape(), names_gate => true);

create function ops_private.seen_of(release ops.releases) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_digest text;
begin
  if release.has_artifacts then
    v_digest := ops_private.artifacts_digest(release.release_id, release.recorded_until);
  end if;
  return jsonb_build_object('release_id', release.release_id, 'artifacts_digest', v_digest, 'seen', encode(sha256(
    convert_to(concat_ws(E'\n', coalesce(v_digest, ''),
      (date_part('epoch', release.recorded_until) * 1000000)::bigint), 'UTF8')), 'hex'));
end
$$;
comment on function ops_private.seen_of(ops.releases) is
  'What somebody who decides on a release looks at: the digest of the artifacts on record, and seen, a digest of that and of the moment of its newest fact.';
revoke execute on function ops_private.seen_of(ops.releases) from public;

create function ops_private.hold_seen(release_id uuid, seen text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
  v_release constant ops.releases := ops_private.hold_release(hold_seen.release_id);
begin
  if v_release.release_id is not null and ops_private.seen_of(v_release) ->> 'seen' <> lower(hold_seen.seen) then
    perform ops_private.refuse_event(
      'changed_since_seen', '{"hint": "look again (ops-gates why, release_overview), and decide with the seen that it shows"}');
  end if;
end
$$;
comment on function ops_private.hold_seen(uuid, text) is
  'Locks a release before a fact gets its moment, and refuses changed_since_seen when it is not as whoever decided saw it.';
revoke execute on function ops_private.hold_seen(uuid, text) from public;

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
$$;
comment on function ops_private.record_gate_signoff(jsonb, timestamptz, ops.releases, uuid) is
  'gate_signoff: records the decision on the gate, stamped with the digest of the artifacts on record. The answer says what an approval does not meet of what policy asks of it (unmet). On G4 it may name the deployment that its evidence is about. Raises OPS06 when a machine names somebody who is not an active member with the persona as role.';
revoke execute on function ops_private.record_gate_signoff(jsonb, timestamptz, ops.releases, uuid) from public;
