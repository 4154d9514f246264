-- The findings on evidence and on prior gates.

create function ops_private.count_evidence(
  release_id uuid, gate_id uuid, gate_code ops.ops_gate_code, deployment_id uuid, subject text,
  lapsed_until timestamptz, as_of timestamptz
) returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select count(*) from ops.evidence_artifacts e
    where e.release_id = count_evidence.release_id and e.gate_id = count_evidence.gate_id
      and e.artifact_type = any (string_to_array(subject, '|')::ops.ops_artifact_type[])
      and (count_evidence.gate_code <> 'G4' or e.deployment_id = count_evidence.deployment_id)
      and e.created_at <= as_of and (lapsed_until is null or e.created_at > lapsed_until)
  );
end
$$;
comment on function ops_private.count_evidence(uuid, uuid, ops.ops_gate_code, uuid, text, timestamptz, timestamptz) is
  'How many artifacts of the types (any of them, separated by |) a gate has at a moment. On G4 only those of the deployment count. Those recorded until lapsed_until no longer count; null without limit.';

create function ops_private.least_evidence(
  release_id uuid, gate_id uuid, gate_code ops.ops_gate_code, deployments uuid[], subject text,
  lapsed_until timestamptz, as_of timestamptz
) returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  if gate_code <> 'G4' then
    return ops_private.count_evidence(release_id, gate_id, gate_code, null, subject, lapsed_until, as_of);
  end if;
  return coalesce((
    select min(ops_private.count_evidence(
      least_evidence.release_id, least_evidence.gate_id, least_evidence.gate_code, d.deployment_id,
      least_evidence.subject, least_evidence.lapsed_until, least_evidence.as_of))
    from unnest(deployments) as d (deployment_id)
  ), 0);
end
$$;
comment on function ops_private.least_evidence(uuid, uuid, ops.ops_gate_code, uuid[], text, timestamptz, timestamptz) is
  'How many artifacts of the types a gate has at a moment (ops_private.count_evidence). On G4: how many the deployment with the fewest has, of those that G4 looks at; 0 when it looks at none.';
revoke execute on function ops_private.least_evidence(
  uuid, uuid, ops.ops_gate_code, uuid[], text, timestamptz, timestamptz
) from public;

create function ops_private.find_evidence(
  subject text, min_count integer, gate ops.release_gates, deployments uuid[], lapsed_until timestamptz,
  as_of timestamptz, in_full boolean, untouched boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_present integer := 0;
begin
  if not untouched then
    v_present := ops_private.least_evidence(
      gate.release_id, gate.gate_id, gate.gate_code, deployments, subject, lapsed_until, as_of);
  end if;
  f.state := case when v_present >= min_count then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not in_full then
    return null;
  end if;
  f.requirement := format('evidence %s', replace(subject, '|', ' or '));
  f.detail := format('%s of %s artifacts', v_present, min_count)
    || case when cardinality(deployments) > 1 then ' for each deployment' else '' end;
  f.who := ops_private.gate_owner(gate.gate_code);
  f.remedy := format('attach %s to %s', replace(subject, '|', ' or '), gate.gate_code);
  return f;
end
$$;
comment on function ops_private.find_evidence(
  text, integer, ops.release_gates, uuid[], timestamptz, timestamptz, boolean, boolean
) is
  'Finding on a requirement `evidence`: the gate must have enough artifacts of the types; on G4, for each deployment that G4 looks at. untouched: the gate is known to have no facts.';
revoke execute on function ops_private.find_evidence(
  text, integer, ops.release_gates, uuid[], timestamptz, timestamptz, boolean, boolean
) from public;

create function ops_private.find_prior_gate(subject text, prior_statuses ops.ops_gate_status[], in_full boolean)
returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_status constant ops.ops_gate_status := prior_statuses[right(subject, 1)::integer];
begin
  f.state := case when v_status in ('passed', 'bypassed') then 'satisfied' else 'unsatisfied' end;
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
