-- What the facts known at a moment say about each requirement of a gate. Everything derives from these rows.
-- Pure in the facts and the moment: the same functions serve the live verdict, the blockers and the replay.

create type ops.gate_finding as (
  gate_id uuid,
  gate_code ops.ops_gate_code,
  requirement text,
  kind ops.ops_requirement_kind,
  subject text,
  enforcement ops.ops_enforcement,
  state ops.ops_finding_state,
  detail text,
  remedy text,
  who text
);
comment on type ops.gate_finding is
  'One requirement of a gate: what is asked (requirement, kind, subject, enforcement), what was found (state, detail), what to do (remedy) and the role that can (who).';

create type ops_private.current_decision as (
  approver_id text,
  persona_role ops.ops_persona_role,
  decision ops.ops_decision_type
);
comment on type ops_private.current_decision is 'The decision of one approver in one persona that stands at a moment.';

create type ops_private.current_check as (
  check_name text,
  trusted boolean,
  status ops.ops_check_status
);
comment on type ops_private.current_check is
  'The latest observation of a check in one trust class (trusted: by a machine) at a moment.';

-- What one requirement is judged by; the same for all requirements of a gate.
create type ops_private.gate_context as (
  release_id uuid,
  project text,
  opened_at timestamptz,
  initiating_actor text,
  gate_id uuid,
  gate_code ops.ops_gate_code,
  untouched boolean,
  excepted boolean,
  in_full boolean,
  g2_gate_id uuid,
  deployment_id uuid,
  as_of timestamptz,
  prior_statuses ops.ops_gate_status[],
  checks ops_private.current_check[],
  decisions ops_private.current_decision[],
  g2_approvers text[]
);
comment on type ops_private.gate_context is
  'What a gate is judged by: the release, the gate, whether it is known to have no facts (untouched), whether the release has exceptions at all, whether advisory requirements and the words for what is satisfied are asked for (in_full), the gate G2 of the release, the deployment that G4 looks at, the moment, the statuses of the gates before it (index 1 is G1), the checks and decisions that stand on it, and for G3 who approved G2.';

create function ops_private.gate_owner(gate_code ops.ops_gate_code) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return case gate_code
    when 'G1' then 'ci_service_role' when 'G2' then 'qa_tester' when 'G3' then 'release_manager' else 'sre'
  end;
end
$$;
comment on function ops_private.gate_owner(ops.ops_gate_code) is
  'The role that answers for a gate and can supply what it misses.';
revoke execute on function ops_private.gate_owner(ops.ops_gate_code) from public;

create function ops_private.current_checks(release_id uuid, gate_id uuid, deployment_id uuid, as_of timestamptz)
returns ops_private.current_check[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select row(latest.check_name, latest.trusted, latest.status)::ops_private.current_check
    from (
      select distinct on (gc.check_name, gc.trusted) gc.check_name, gc.trusted, gc.status
      from ops.gate_checks gc
      where gc.release_id = current_checks.release_id and gc.gate_id = current_checks.gate_id
        and gc.deployment_id is not distinct from current_checks.deployment_id
        and gc.created_at <= current_checks.as_of
      order by gc.check_name, gc.trusted, gc.observed_at desc, gc.status
    ) as latest
  );
end
$$;
comment on function ops_private.current_checks(uuid, uuid, uuid, timestamptz) is
  'The latest observation per name and trust class on a gate (on G4: of the deployment) at a moment, by name; a tie goes to the worse.';
revoke execute on function ops_private.current_checks(uuid, uuid, uuid, timestamptz) from public;

-- One function for each kind of requirement: what was found, or null when it is satisfied and nobody asked for words
-- about that (in_full). ops_private.findings_of adds which requirement it was.
create function ops_private.find_check(
  checks ops_private.current_check[], gate_code ops.ops_gate_code, in_full boolean, subject text
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_check ops_private.current_check;
  v_trusted ops.ops_check_status;
  v_manual ops.ops_check_status;
begin
  foreach v_check in array checks loop
    if v_check.check_name = subject then
      if v_check.trusted then
        v_trusted := v_check.status;
      else
        v_manual := v_check.status;
      end if;
    end if;
  end loop;
  if v_trusted = 'pass' and v_manual is distinct from 'fail' then
    if not in_full then
      return null;
    end if;
    f.state := 'satisfied';
    f.detail := format('the latest observation of check %s is pass', subject);
  else
    f.state := case when v_trusted = 'fail' or v_manual = 'fail' then 'failed' else 'unsatisfied' end;
    f.detail := case
      when v_trusted = 'fail' then format('check %s failed', subject)
      when v_manual = 'fail' then format('check %s failed by hand', subject)
      when v_trusted is not null then format('the latest observation of check %s is %s', subject, v_trusted)
      when v_manual is not null then format('check %s was only observed by hand, which does not count', subject)
      else format('check %s was not observed', subject)
    end;
  end if;
  f.requirement := format('check %s passes', subject);
  f.who := case when v_trusted is distinct from 'fail' and v_manual = 'fail' then 'developer'
    else ops_private.gate_owner(gate_code) end;
  f.remedy := format('run check %s until it passes, and report it', subject);
  return f;
end
$$;
comment on function ops_private.find_check(ops_private.current_check[], ops.ops_gate_code, boolean, text) is
  'Requirement `check`: the latest trusted observation of the name passes, and the latest one by hand, if any, did not fail.';
revoke execute on function ops_private.find_check(ops_private.current_check[], ops.ops_gate_code, boolean, text) from public;

create function ops_private.find_no_failed_checks(checks ops_private.current_check[], in_full boolean) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_check ops_private.current_check;
  v_failed text;
  v_trusted boolean := false;
begin
  foreach v_check in array checks loop
    if v_check.status = 'fail' then
      v_failed := concat_ws(', ', v_failed, v_check.check_name);
      v_trusted := v_trusted or v_check.trusted;
    end if;
  end loop;
  if v_failed is null and not in_full then
    return null;
  end if;
  f.state := case when v_failed is null then 'satisfied' else 'failed' end;
  f.requirement := 'no check failed';
  f.detail := coalesce('failed: ' || v_failed, 'no check failed');
  f.who := case when v_failed is null or v_trusted then ops_private.gate_owner('G1') else 'developer' end;
  f.remedy := 'mend what failed and run it again: a rerun that passes heals';
  return f;
end
$$;
comment on function ops_private.find_no_failed_checks(ops_private.current_check[], boolean) is
  'Requirement `no_failed_checks`: the latest observation per name and trust class is not a failure.';
revoke execute on function ops_private.find_no_failed_checks(ops_private.current_check[], boolean) from public;

create function ops_private.current_decisions(release_id uuid, gate_id uuid, as_of timestamptz)
returns ops_private.current_decision[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select row(latest.approver_id, latest.persona_role, latest.decision)::ops_private.current_decision
    from (
      select distinct on (a.persona_role, a.approver_id) a.approver_id, a.persona_role, a.decision
      from ops.approvals a
      where a.release_id = current_decisions.release_id and a.gate_id = current_decisions.gate_id
        and a.created_at <= current_decisions.as_of
      order by
        a.persona_role, a.approver_id, a.observed_at desc,
        case a.decision when 'rejected' then 0 when 'request_changes' then 1 else 2 end
    ) as latest
  );
end
$$;
comment on function ops_private.current_decisions(uuid, uuid, timestamptz) is
  'The decisions on a gate that stand at a moment: the latest per approver and persona, a tie goes to the worse.';
revoke execute on function ops_private.current_decisions(uuid, uuid, timestamptz) from public;

create function ops_private.read_decisions(inout c ops_private.gate_context)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  c.decisions := case when c.untouched then '{}' else ops_private.current_decisions(c.release_id, c.gate_id, c.as_of) end;
  c.g2_approvers := '{}';
  if c.gate_code = 'G3' and c.decisions <> '{}' then
    c.g2_approvers := array(
      select d.approver_id from unnest(ops_private.current_decisions(c.release_id, c.g2_gate_id, c.as_of)) as d
      where d.decision = 'approved'
    );
  end if;
end
$$;
comment on function ops_private.read_decisions(ops_private.gate_context) is
  'The context with the decisions that stand on its gate, and, on G3 when there are any, with who approved G2.';
revoke execute on function ops_private.read_decisions(ops_private.gate_context) from public;

create function ops_private.find_approval(
  c ops_private.gate_context, subject text, min_count integer, separation_of_duties boolean
) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_decision ops_private.current_decision;
  v_rejected text;
  v_changes text;
  v_initiator boolean := false;
  v_joined text;
  v_counted integer := 0;
begin
  foreach v_decision in array c.decisions loop
    continue when v_decision.persona_role::text <> subject;
    if v_decision.decision = 'rejected' then
      v_rejected := concat_ws(', ', v_rejected, v_decision.approver_id);
    elsif v_decision.decision = 'request_changes' then
      v_changes := concat_ws(', ', v_changes, v_decision.approver_id);
    elsif separation_of_duties and v_decision.approver_id = c.initiating_actor then
      v_initiator := true;
    elsif separation_of_duties and v_decision.approver_id = any (c.g2_approvers) then
      v_joined := concat_ws(', ', v_joined, v_decision.approver_id);
    else
      v_counted := v_counted + 1;
    end if;
  end loop;
  f.state := case when v_rejected is not null then 'failed'
    when v_changes is null and v_counted >= min_count then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not c.in_full then
    return null;
  end if;
  f.requirement := case min_count when 1 then format('approved by a %s', subject)
    else format('approved by %s people as %s', min_count, subject) end;
  f.detail := case when v_rejected is not null then format('rejected by %s', v_rejected)
    when v_changes is not null then format('changes requested by %s', v_changes)
    else format('%s of %s approvals', v_counted, min_count) end
    || case when v_initiator then '; the initiator''s own approval does not count' else '' end
    || coalesce('; approved G2 as well, so does not count: ' || v_joined, '');
  f.who := subject;
  f.remedy := case when v_rejected is not null or v_changes is not null
    then 'answer the objection, then ask the same person to decide again'
    else format('ask a %s other than the initiator to sign off %s', subject, c.gate_code) end;
  return f;
end
$$;
comment on function ops_private.find_approval(ops_private.gate_context, text, integer, boolean) is
  'Requirement `approval`: no standing rejection or request for changes in the persona, and enough approvals by people who may count: not the initiator''s, and at G3 not by an approver of G2.';
revoke execute on function ops_private.find_approval(ops_private.gate_context, text, integer, boolean) from public;

create function ops_private.find_evidence(c ops_private.gate_context, subject text, min_count integer) returns ops.gate_finding
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  f ops.gate_finding;
  v_count integer := 0;
begin
  if not c.untouched then
    select count(*) into v_count from ops.evidence_artifacts e
    where e.release_id = c.release_id and e.gate_id = c.gate_id
      and e.artifact_type = any (string_to_array(subject, '|')::ops.ops_artifact_type[])
      and (c.gate_code <> 'G4' or e.deployment_id = c.deployment_id) and e.created_at <= c.as_of;
  end if;
  f.state := case when v_count >= min_count then 'satisfied' else 'unsatisfied' end;
  if f.state = 'satisfied' and not c.in_full then
    return null;
  end if;
  f.requirement := format('evidence %s', replace(subject, '|', ' or '));
  f.detail := format('%s of %s artifacts', v_count, min_count);
  f.who := ops_private.gate_owner(c.gate_code);
  f.remedy := format('attach %s to %s', replace(subject, '|', ' or '), c.gate_code);
  return f;
end
$$;
comment on function ops_private.find_evidence(ops_private.gate_context, text, integer) is
  'Requirement `evidence`: enough artifacts of the types on the gate; on G4 of the deployment it looks at.';
revoke execute on function ops_private.find_evidence(ops_private.gate_context, text, integer) from public;

create function ops_private.find_prior_gate(
  prior_statuses ops.ops_gate_status[], in_full boolean, subject text
) returns ops.gate_finding
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
  f.remedy := format('supply what %s misses', subject);
  return f;
end
$$;
comment on function ops_private.find_prior_gate(ops.ops_gate_status[], boolean, text) is
  'Requirement `prior_gate`: that gate is passed, or bypassed at the moment; otherwise unsatisfied, never failed.';
revoke execute on function ops_private.find_prior_gate(ops.ops_gate_status[], boolean, text) from public;

create function ops_private.find_objections(c ops_private.gate_context, answered text[]) returns ops.gate_finding[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_decision ops_private.current_decision;
  v_objected boolean := false;
begin
  foreach v_decision in array c.decisions loop
    v_objected := v_objected or v_decision.decision <> 'approved';
  end loop;
  if not v_objected then
    return '{}';
  end if;
  return array(
    select row(
      c.gate_id, c.gate_code, format('no objection by a %s', d.persona_role), 'approval'::ops.ops_requirement_kind,
      d.persona_role::text, 'blocking'::ops.ops_enforcement,
      case when bool_or(d.decision = 'rejected') then 'failed' else 'unsatisfied' end::ops.ops_finding_state,
      format('%s by %s', case when bool_or(d.decision = 'rejected') then 'rejected' else 'changes requested' end,
        string_agg(d.approver_id, ', ' order by d.approver_id)),
      'answer the objection, then ask the same person to decide again', d.persona_role::text
    )::ops.gate_finding
    from unnest(c.decisions) as d
    where d.decision <> 'approved' and d.persona_role::text <> all (answered)
    group by d.persona_role
    order by d.persona_role
  );
end
$$;
comment on function ops_private.find_objections(ops_private.gate_context, text[]) is
  'A rejection or a request for changes counts on every gate, also in a persona whose approval no requirement asks for: one finding per such persona.';
revoke execute on function ops_private.find_objections(ops_private.gate_context, text[]) from public;
