-- From findings to a verdict, for one gate and along the chain of a release.

create type ops.gate_verdict as (
  gate_id uuid,
  gate_code ops.ops_gate_code,
  status ops.ops_gate_status,
  exception_id uuid,
  first_missing text,
  findings ops.gate_finding[]
);
comment on type ops.gate_verdict is
  'The verdict on a gate at a moment, the exception that bypasses it, the first thing missing, and the findings it derives from.';

create function ops.findings_of(c ops.gate_context, project text, opened_at timestamptz) returns ops.gate_finding[]
language plpgsql stable set search_path = ''
as $$
declare
  v_requirement ops.gate_requirements;
  v_finding ops.gate_finding;
  v_findings ops.gate_finding[] := '{}';
  v_personas text[] := '{}';
begin
  for v_requirement in
    select q.* from ops.gate_requirements q
    where q.gate_code = c.gate_code and q.valid_from <= opened_at and (q.valid_to is null or opened_at < q.valid_to)
      and q.project is not distinct from (
        select o.project from ops.gate_requirements o
        where o.gate_code = c.gate_code and o.project = findings_of.project
          and o.valid_from <= opened_at and (o.valid_to is null or opened_at < o.valid_to)
        limit 1
      )
    order by q.enforcement, q.kind, q.subject
  loop
    v_finding := (
      c.gate_id, c.gate_code, null, v_requirement.kind, v_requirement.subject, v_requirement.enforcement,
      null, null, null, null
    );
    case v_requirement.kind
      when 'check' then v_finding := ops.find_check(c, v_finding);
      when 'no_failed_checks' then v_finding := ops.find_no_failed_checks(c, v_finding);
      when 'approval' then
        v_finding := ops.find_approval(c, v_requirement.min_count, v_requirement.separation_of_duties, v_finding);
        if v_requirement.enforcement = 'blocking' then
          v_personas := v_personas || v_requirement.subject;
        end if;
      when 'evidence' then v_finding := ops.find_evidence(c, v_requirement.min_count, v_finding);
      when 'prior_gate' then v_finding := ops.find_prior_gate(c, v_finding);
      when 'deployment_health' then v_finding := ops.find_deployment_health(c, v_finding);
    end case;
    v_findings := v_findings || v_finding;
  end loop;
  if c.decisions <> '{}' then
    v_findings := v_findings || array(select o from ops.find_objections(c, v_personas) as o);
  end if;
  return v_findings;
end
$$;
comment on function ops.findings_of(ops.gate_context, text, timestamptz) is
  'The findings on one gate in the context given, by the requirements in force when the release was opened; blocking ones first.';
revoke execute on function ops.findings_of(ops.gate_context, text, timestamptz) from public;

create function ops.has_facts(c ops.gate_context) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  -- G4 starts afresh with each deployment: facts of an earlier one are not facts on it.
  return exists (
      select from ops.gate_checks gc where gc.release_id = c.release_id and gc.gate_id = c.gate_id
        and gc.created_at <= c.as_of and gc.deployment_id is not distinct from c.deployment_id
    ) or exists (
      select from ops.approvals a where a.release_id = c.release_id and a.gate_id = c.gate_id
        and a.created_at <= c.as_of
    ) or exists (
      select from ops.evidence_artifacts e where e.release_id = c.release_id and e.gate_id = c.gate_id
        and e.created_at <= c.as_of
        and (c.gate_code <> 'G4' or e.deployment_id is null or e.deployment_id is not distinct from c.deployment_id)
    );
end
$$;
comment on function ops.has_facts(ops.gate_context) is
  'Whether any check, decision or artifact stands on the gate at the moment.';
revoke execute on function ops.has_facts(ops.gate_context) from public;

create function ops.covering_exception(c ops.gate_context, only_evidence boolean) returns uuid
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select x.exception_id from ops.exceptions x
    where x.release_id = c.release_id and c.gate_code = any (x.impacted_gates) and ops.is_active(x, c.as_of)
      and (x.exception_type = 'gate_bypass' or (x.exception_type = 'evidence_waiver' and only_evidence))
    order by x.expires_at desc, x.exception_id limit 1
  );
end
$$;
comment on function ops.covering_exception(ops.gate_context, boolean) is
  'The one exception, active at the moment, that covers all that a gate misses: a bypass, or a waiver when it misses only evidence. Of several the one that ends last, then by id.';
revoke execute on function ops.covering_exception(ops.gate_context, boolean) from public;

create function ops.judge_gate(c ops.gate_context, project text, opened_at timestamptz) returns ops.gate_verdict
language plpgsql stable set search_path = ''
as $$
declare
  v_verdict ops.gate_verdict;
  v_blocking integer;
  v_open integer;
  v_first integer;
  v_failed boolean;
  v_only_evidence boolean;
begin
  v_verdict.gate_id := c.gate_id;
  v_verdict.gate_code := c.gate_code;
  v_verdict.findings := ops.findings_of(c, project, opened_at);
  select
    count(*), count(*) filter (where f.state <> 'satisfied'),
    min(f.place) filter (where f.state <> 'satisfied'),
    coalesce(bool_or(f.state = 'failed'), false),
    coalesce(bool_and(f.kind = 'evidence') filter (where f.state <> 'satisfied'), false)
  into v_blocking, v_open, v_first, v_failed, v_only_evidence
  from unnest(v_verdict.findings) with ordinality as f(
    gate_id, gate_code, requirement, kind, subject, enforcement, state, detail, remedy, who, place
  )
  where f.enforcement = 'blocking';
  if v_blocking > 0 and v_open = 0 then
    v_verdict.status := 'passed';
    return v_verdict;
  end if;
  v_verdict.first_missing := case
    when v_first is null then 'a blocking requirement'
    else format('%s (%s)', (v_verdict.findings[v_first]).requirement, (v_verdict.findings[v_first]).detail)
  end;
  v_verdict.exception_id := ops.covering_exception(c, v_only_evidence);
  v_verdict.status := case
    when v_verdict.exception_id is not null then 'bypassed'
    when v_failed then 'failed'
    when ops.has_facts(c) then 'in_progress'
    else 'pending'
  end;
  return v_verdict;
end
$$;
comment on function ops.judge_gate(ops.gate_context, text, timestamptz) is
  'The verdict on one gate: all blocking findings satisfied: passed; else covered by an exception: bypassed; else any failed: failed; else in_progress with a fact, pending without.';
revoke execute on function ops.judge_gate(ops.gate_context, text, timestamptz) from public;

create function ops.judge_next(
  release ops.releases, gates ops.release_gates[], place integer,
  prior_statuses ops.ops_gate_status[], as_of timestamptz
) returns ops.gate_verdict
language plpgsql stable set search_path = ''
as $$
declare
  v_gate constant ops.release_gates := gates[place];
  c ops.gate_context;
begin
  c.release_id := release.release_id;
  c.initiating_actor := release.initiating_actor;
  c.gate_id := v_gate.gate_id;
  c.gate_code := v_gate.gate_code;
  c.as_of := judge_next.as_of;
  c.prior_statuses := judge_next.prior_statuses;
  c.decisions := array(select d from ops.current_decisions(c.release_id, c.gate_id, c.as_of) as d);
  c.g2_approvers := '{}';
  if v_gate.gate_code = 'G3' then
    c.g2_approvers := array(
      select d.approver_id from ops.current_decisions(c.release_id, (gates[2]).gate_id, c.as_of) as d
      where d.decision = 'approved'
    );
  elsif v_gate.gate_code = 'G4' then
    c.deployment_id := ops.judged_deployment(c.release_id, c.as_of);
  end if;
  return ops.judge_gate(c, release.project, release.created_at);
end
$$;
comment on function ops.judge_next(
  ops.releases, ops.release_gates[], integer, ops.ops_gate_status[], timestamptz
) is
  'The verdict on one gate of a release at a moment (place 1 is G1), given the statuses of those before it.';
revoke execute on function ops.judge_next(
  ops.releases, ops.release_gates[], integer, ops.ops_gate_status[], timestamptz
) from public;

create function ops.gates_of(release_id uuid) returns ops.release_gates[]
language plpgsql stable set search_path = ''
as $$
begin
  return array(select g from ops.release_gates g where g.release_id = gates_of.release_id order by g.gate_code);
end
$$;
comment on function ops.gates_of(uuid) is 'The gates of a release as stored, G1 first.';
revoke execute on function ops.gates_of(uuid) from public;

create function ops.judge_release(release_id uuid, as_of timestamptz, to_gate ops.ops_gate_code default 'G4')
returns setof ops.gate_verdict
language plpgsql stable set search_path = ''
as $$
declare
  v_release ops.releases;
  v_gates constant ops.release_gates[] := ops.gates_of(judge_release.release_id);
  v_statuses ops.ops_gate_status[] := '{}';
  v_verdict ops.gate_verdict;
begin
  select r.* into v_release from ops.releases r where r.release_id = judge_release.release_id;
  for v_place in 1 .. right(to_gate::text, 1)::integer loop
    v_verdict := ops.judge_next(v_release, v_gates, v_place, v_statuses, judge_release.as_of);
    v_statuses := v_statuses || v_verdict.status;
    return next v_verdict;
  end loop;
end
$$;
comment on function ops.judge_release(uuid, timestamptz, ops.ops_gate_code) is
  'The verdicts of a release at a moment, from the facts known then: G1 first, each seeing those before it.';
revoke execute on function ops.judge_release(uuid, timestamptz, ops.ops_gate_code) from public;
