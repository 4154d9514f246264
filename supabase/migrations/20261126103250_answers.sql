-- What an answer says of a gate: what it still misses, and, to a retry, how it stands now.

create function ops_private.what_is_missing(findings ops.gate_finding[]) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(f) - array['gate_id', 'gate_code', 'ordinality'] order by f.ordinality), '[]')
    from unnest(findings) with ordinality as f
    where f.enforcement = 'blocking' and f.state <> 'satisfied'
  );
end
$$;
comment on function ops_private.what_is_missing(ops.gate_finding[]) is
  'The blocking findings that are not satisfied, as an answer shows them.';
revoke execute on function ops_private.what_is_missing(ops.gate_finding[]) from public;

create function ops_private.is_outdated(result jsonb) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  a ops.approvals;
  r ops.releases;
  g ops.release_gates;
  f ops_private.gate_facts;
  d ops_private.standing_decision;
  n ops_private.requirements_in_force;
begin
  select x.* into a from ops.approvals x
  where x.approval_id = (result ->> 'approval_id')::uuid and x.decision = 'approved' and x.scope = 'gate';
  if not found then
    return false;
  end if;
  select x.* into r from ops.releases x where x.release_id = a.release_id;
  select x.* into g from ops.release_gates x where x.gate_id = a.gate_id;
  f := ops_private.with_decisions(f, g, r, 'infinity');
  select x.* into d from unnest(f.decisions) as x
  where x.approver_id = a.approver_id and x.persona_role = a.persona_role;
  select x.* into n from ops_private.requirements_in_force x
  where x.release_id = a.release_id and x.gate_code = g.gate_code and x.kind = 'approval'
    and x.subject = a.persona_role::text;
  -- As ops_private.findings_on: nobody counts twice on a gate.
  f.barred := f.barred || ops_private.approvers_as(f.decisions, array(
    select e.subject from ops_private.requirements_in_force e
    where e.release_id = a.release_id and e.gate_code = g.gate_code and e.kind = 'approval'
      and (e.enforcement, e.subject) < (n.enforcement, n.subject)));
  return d.decision is distinct from 'approved' or ops_private.why_uncounted(
    d, case when n.not_initiator then r.initiating_actor end, case when n.one_gate then f.barred end,
    f.dismissers, f.digest, ops_private.present(r) - make_interval(secs => n.valid_for)) is not null;
end
$$;
comment on function ops_private.is_outdated(jsonb) is
  'Whether the answer to a sign-off tells of an approval that does not count now: it was dismissed or its author decided otherwise since, or ops_private.why_uncounted says why.';
revoke execute on function ops_private.is_outdated(jsonb) from public;

create function ops_private.standing_now(result jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate_id constant uuid := (result #>> '{gate,gate_id}')::uuid;
  v_gate_status ops.ops_gate_status;
  v_release_status ops.ops_release_status;
  v_timed boolean;
  v_now jsonb;
begin
  select g.status, r.status, r.judged_until is not null or r.excepted into v_gate_status, v_release_status, v_timed
  from ops.release_gates g join ops.releases r on r.release_id = g.release_id
  where g.gate_id = v_gate_id;
  if v_timed then
    v_gate_status := (
      select (ops_private.judged_gate(r, v_gate_id)).status
      from ops.releases r where r.release_id = (result ->> 'release_id')::uuid
    );
  end if;
  v_now := jsonb_build_object('gate_status', v_gate_status, 'release_status', v_release_status);
  if result ? 'approval_id' and ops_private.is_outdated(result) then
    v_now := v_now || jsonb_build_object('counts', false);
  end if;
  return jsonb_build_object('now', v_now);
end
$$;
comment on function ops_private.standing_now(jsonb) is
  'What a retry of an accepted event is told beside its first answer: {now: {gate_status, release_status}}, the status of its gate and of its release at this moment; with counts false when it approved and that no longer counts.';
revoke execute on function ops_private.standing_now(jsonb) from public;

create function ops_private.answer_duplicate(s ops_private.submission) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  insert into ops.event_ingest_log (
    source_system, event_type, idempotency_key, schema_version, payload_hash, received_at, processing_status,
    duplicate_of, release_id, project, caller_role
  ) values (
    (s.first).source_system, s.event_type, s.idempotency_key, 'v1.0', (s.first).payload_hash, s.received_at,
    'duplicate', (s.first).ingest_id, (s.first).release_id, (s.first).project,
    current_setting('role')
  );
  return jsonb_build_object('ingest_id', (s.first).ingest_id, 'status', 'duplicate', 'detail', (s.first).result
    || case when (s.first).result ? 'gate' then ops_private.standing_now((s.first).result) else '{}' end);
end
$$;
comment on function ops_private.answer_duplicate(ops_private.submission) is
  'Logs a retry of an accepted event and returns the first answer, with how its gate and release stand now.';
revoke execute on function ops_private.answer_duplicate(ops_private.submission) from public;
