-- The findings on evidence and on prior gates.

create function ops_private.count_evidence(
  release_id uuid, gate_id uuid, gate_code ops.ops_gate_code, deployments uuid[], subject text, require_hash boolean,
  lapsed_until timestamptz, as_of timestamptz, decisions ops_private.standing_decision[], digest text,
  out present integer, out changed integer
)
language plpgsql stable set search_path = pg_catalog, pg_temp
-- One plan is as good for every gate. Without this it would be planned anew for most calls, which takes longer.
set plan_cache_mode = force_generic_plan
as $$
begin
  -- First leave out what does not count, then count artifacts: an address is one, and so are equal bytes.
  select coalesce(min(per.present), 0), coalesce(max(per.changed), 0)
  into count_evidence.present, count_evidence.changed
  from (
    select
      count(distinct coalesce(one.sha256, one.address))
        filter (where one.sha256 is not null or not count_evidence.require_hash) as present,
      count(*) filter (where one.hashes > 1) as changed
    from unnest(case when count_evidence.gate_code = 'G4' then deployments else array[null::uuid] end)
      as d (deployment_id)
    left join lateral (
      select
        e.address, (array_agg(e.sha256 order by e.observed_at desc, e.created_at desc, e.sha256))[1] as sha256,
        count(distinct e.sha256) as hashes
      from (
        select
          -- Scheme and host are compared without case and usual port. A fragment, and slashes around the rest, say nothing.
          case when ea.artifact_url ~ '^[a-z0-9]+://[a-z0-9.-]+/[^/?#]+([/?][^/?#]+)*$' then ea.artifact_url
            else regexp_replace(lower(substring(ea.artifact_url from '^[^:]*://[^/?#]*') collate "C"),
                '^(http://.*):80$|^(https://.*):443$', '\1\2')
              || '/' || rtrim(substring(ea.artifact_url from '^[^:]*://[^/?#]*/*([^#]*)'), '/?') end as address,
          ea.sha256, ea.observed_at, ea.created_at
        from ops.evidence_artifacts ea
        left join ops.approvals a
          on a.release_id = ea.release_id and a.gate_id = ea.gate_id and a.approval_id = ea.approval_id
        where ea.release_id = count_evidence.release_id and ea.gate_id = count_evidence.gate_id
          and ea.artifact_type = any (string_to_array(count_evidence.subject, '|')::ops.ops_artifact_type[])
          and (count_evidence.gate_code <> 'G4' or ea.deployment_id = d.deployment_id)
          and ea.created_at <= count_evidence.as_of
          and (count_evidence.lapsed_until is null or ea.created_at > count_evidence.lapsed_until)
          and (ea.approval_id is null or a.artifacts_digest is not distinct from count_evidence.digest and exists (
            select from unnest(decisions) as s
            where s.approver_id = a.approver_id and s.persona_role = a.persona_role and s.decision = 'approved'
          ))
      ) as e
      group by e.address
    ) as one on true
    group by d.deployment_id
  ) as per;
end
$$;
comment on function ops_private.count_evidence(
  uuid, uuid, ops.ops_gate_code, uuid[], text, boolean, timestamptz, timestamptz, ops_private.standing_decision[], text
) is
  'How many artifacts of the types (any of them, separated by |) a gate has at a moment. Each counts once: by its hash, else by its address; of one address the newest row counts, with require_hash only if that row has a hash. On G4: how many the deployment with the fewest has, of those that G4 looks at; 0 when it looks at none. What came with a sign-off counts while the current decision of its author (decisions) is an approval, and the artifacts on record are the same (digest). Those recorded until lapsed_until no longer count; null without limit. changed: at how many addresses the hash changed.';

create function ops_private.find_evidence(
  subject text, min_count integer, require_hash boolean, gate ops.release_gates, deployments uuid[],
  lapsed_until timestamptz, as_of timestamptz, decisions ops_private.standing_decision[], digest text,
  in_full boolean, untouched boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_present integer := 0;
  v_changed integer := 0;
begin
  if not untouched then
    select c.present, c.changed into v_present, v_changed
    from ops_private.count_evidence(
      gate.release_id, gate.gate_id, gate.gate_code, deployments, subject, require_hash, lapsed_until, as_of,
      decisions, digest) as c;
  end if;
  f.state := case when v_present >= min_count then 'satisfied'::ops.ops_finding_state else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := format(
    'evidence %s%s', replace(subject, '|', ' or '), case when require_hash then ' with a hash' else '' end);
  f.detail := format('%s of %s artifacts', v_present, min_count)
    || case when v_changed > 0 then format('; the hash changed at %s addresses', v_changed) else '' end
    || case when cardinality(deployments) > 1 then ' for each deployment' else '' end;
  f.who := ops_private.gate_owner(gate.gate_code);
  f.remedy := format('attach %s%s to %s', replace(subject, '|', ' or '),
    case when require_hash then ' with its SHA-256' else '' end, gate.gate_code);
  return f;
end
$$;
comment on function ops_private.find_evidence(
  text, integer, boolean, ops.release_gates, uuid[], timestamptz, timestamptz, ops_private.standing_decision[], text,
  boolean, boolean
) is
  'Finding on a requirement `evidence`: the gate must have enough artifacts of the types (ops_private.count_evidence); on G4, for each deployment that G4 looks at. It says when the hash at an address changed. untouched: the gate is known to have no facts.';
revoke execute on function ops_private.find_evidence(
  text, integer, boolean, ops.release_gates, uuid[], timestamptz, timestamptz, ops_private.standing_decision[], text,
  boolean, boolean
) from public;

create function ops_private.find_prior_gate(subject text, prior_statuses ops.ops_gate_status[], in_full boolean)
returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_status constant ops.ops_gate_status := prior_statuses[right(subject, 1)::integer];
begin
  f.state := case when v_status in ('passed', 'bypassed') then 'satisfied'::ops.ops_finding_state
    else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := format('%s is passed or bypassed', subject);
  f.detail := format('%s is %s', subject, v_status);
  f.who := ops_private.gate_owner(subject::ops.ops_gate_code);
  f.remedy := format('complete what is missing on %s', subject);
  return f;
end
$$;
comment on function ops_private.find_prior_gate(text, ops.ops_gate_status[], boolean) is
  'Finding on a requirement `prior_gate`: that gate must be passed or bypassed. Otherwise the requirement is unsatisfied, never failed.';
revoke execute on function ops_private.find_prior_gate(text, ops.ops_gate_status[], boolean) from public;
