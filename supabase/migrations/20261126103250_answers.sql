-- What an answer says beside what was written: what a gate still misses, and how it stands now.

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
begin
  return exists (
    select from ops.approvals a
    join ops.releases r on r.release_id = a.release_id
    cross join lateral ops_private.standing_decisions(a.release_id, a.gate_id, 'infinity') as d
    where a.approval_id = (result ->> 'approval_id')::uuid and a.decision = 'approved'
      and d.approver_id = a.approver_id and d.persona_role = a.persona_role
      and (
        d.decision <> 'approved'
        or r.has_artifacts
        and d.artifacts_digest is distinct from ops_private.artifacts_digest(r.release_id, 'infinity')
        or exists (
          select from ops_private.requirements_in_force n
          join ops.release_gates g on g.release_id = n.release_id and g.gate_code = n.gate_code
          where g.gate_id = a.gate_id and n.kind = 'approval' and n.subject = a.persona_role::text
            and d.recorded_at + make_interval(secs => n.valid_for) <= ops_private.present(r)
        )
      )
  );
end
$$;
comment on function ops_private.is_outdated(jsonb) is
  'Whether the first answer to a sign-off tells of an approval that no longer counts: its author decided otherwise since, it was of other artifacts, or its time is over.';
revoke execute on function ops_private.is_outdated(jsonb) from public;

create function ops_private.standing_now(result jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object('now', jsonb_build_object(
      'release_status', r.status,
      'gate_status', case when r.judged_until is not null or r.excepted
        then (ops_private.judged_gate(r, g.gate_id)).status else g.status end)
      || case when result ? 'approval_id' and ops_private.is_outdated(result)
        then '{"counts": false}'::jsonb else '{}' end)
    from ops.release_gates g join ops.releases r on r.release_id = g.release_id
    where g.gate_id = (standing_now.result #>> '{gate,gate_id}')::uuid
  );
end
$$;
comment on function ops_private.standing_now(jsonb) is
  'What a retry of an accepted event is told beside its first answer: {now: {gate_status, release_status}}, the status of its gate and of its release at this moment; with counts false when it approved and that no longer counts.';
revoke execute on function ops_private.standing_now(jsonb) from public;
