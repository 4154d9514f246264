-- From findings to a verdict, for one gate and along the chain of a release.

create type ops_private.gate_verdict as (
  gate_id uuid,
  gate_code ops.ops_gate_code,
  status ops.ops_gate_status,
  exception_id uuid,
  first_missing text,
  findings ops.gate_finding[]
);
comment on type ops_private.gate_verdict is
  'The verdict on a gate at a moment, the exception that bypasses it, the first thing missing, and the findings it derives from.';

create function ops_private.findings_of(c ops_private.gate_context) returns ops.gate_finding[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_project text;
  v_kind ops.ops_requirement_kind;
  v_subject text;
  v_enforcement ops.ops_enforcement;
  v_min_count integer;
  v_separation_of_duties boolean;
  v_decided boolean;
  v_read boolean := false;
  v_own boolean := false;
  v_blocking boolean := false;
  v_finding ops.gate_finding;
  v_findings ops.gate_finding[] := '{}';
  v_personas text[] := '{}';
begin
  for v_project, v_kind, v_subject, v_enforcement, v_min_count, v_separation_of_duties, v_decided in
    select
      q.project, q.kind, q.subject, q.enforcement, q.min_count, q.separation_of_duties,
      -- Most gates have no decision: asked in passing, so that they need no question of its own.
      exists (select from ops.approvals a where a.release_id = c.release_id and a.gate_id = c.gate_id)
    from ops.gate_requirements q
    where q.gate_code = c.gate_code and (q.project = c.project or q.project is null)
      and q.valid_from <= c.opened_at and (q.valid_to is null or c.opened_at < q.valid_to)
    order by q.project is null, q.enforcement, q.kind, q.subject
  loop
    -- A project's own rows for a gate come first, and replace the defaults.
    v_own := v_own or v_project is not null;
    exit when v_own and v_project is null;
    continue when v_enforcement = 'advisory' and not c.in_full;
    if v_decided and not v_read then
      c := ops_private.read_decisions(c);
      v_read := true;
    end if;
    v_blocking := v_blocking or v_enforcement = 'blocking';
    if v_kind in ('check', 'no_failed_checks') then
      if c.checks is null then
        c.checks := case when c.untouched then '{}'
          else ops_private.current_checks(c.release_id, c.gate_id, c.deployment_id, c.as_of) end;
      end if;
      if v_kind = 'check' then
        v_finding := ops_private.find_check(c.checks, c.gate_code, c.in_full, v_subject);
      else
        v_finding := ops_private.find_no_failed_checks(c.checks, c.in_full);
      end if;
    elsif v_kind = 'approval' then
      v_finding := ops_private.find_approval(c, v_subject, v_min_count, v_separation_of_duties);
      if v_enforcement = 'blocking' then
        v_personas := v_personas || v_subject;
      end if;
    elsif v_kind = 'evidence' then
      v_finding := ops_private.find_evidence(c, v_subject, v_min_count);
    elsif v_kind = 'prior_gate' then
      v_finding := ops_private.find_prior_gate(c.prior_statuses, c.in_full, v_subject);
    else
      v_finding := ops_private.find_deployment_health(c);
    end if;
    if v_finding.state is not null then
      v_findings := v_findings || row(
        c.gate_id, c.gate_code, v_finding.requirement, v_kind, v_subject, v_enforcement, v_finding.state,
        v_finding.detail, v_finding.remedy, v_finding.who
      )::ops.gate_finding;
    end if;
  end loop;
  if v_decided is not false and not v_read then
    c := ops_private.read_decisions(c); -- a gate that requires nothing can be objected to all the same
  end if;
  if c.decisions <> '{}' then
    v_findings := v_findings || ops_private.find_objections(c, v_personas);
  end if;
  if not v_blocking then
    v_findings := v_findings || row(
      c.gate_id, c.gate_code, 'a blocking requirement', null, null, 'blocking', 'unsatisfied',
      'the policy that was in force asks for nothing', 'set a policy for the gate, and open the release under a new name',
      'service_role'
    )::ops.gate_finding;
  end if;
  return v_findings;
end
$$;
comment on function ops_private.findings_of(ops_private.gate_context) is
  'The findings on one gate in the context given, by the requirements in force when the release was opened; blocking ones first. Those that are satisfied only in full: otherwise none means passed.';
revoke execute on function ops_private.findings_of(ops_private.gate_context) from public;

create function ops_private.has_facts(c ops_private.gate_context) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
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
comment on function ops_private.has_facts(ops_private.gate_context) is
  'Whether any check, decision or artifact stands on the gate at the moment.';
revoke execute on function ops_private.has_facts(ops_private.gate_context) from public;

create function ops_private.covering_exception(c ops_private.gate_context, only_evidence boolean) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select x.exception_id from ops.exceptions x
    where x.release_id = c.release_id and c.gate_code = any (x.impacted_gates) and ops_private.is_active(x, c.as_of)
      and (x.exception_type = 'gate_bypass' or (x.exception_type = 'evidence_waiver' and only_evidence))
    order by x.expires_at desc, x.exception_id limit 1
  );
end
$$;
comment on function ops_private.covering_exception(ops_private.gate_context, boolean) is
  'The one exception, active at the moment, that covers all that a gate misses: a bypass, or a waiver when it misses only evidence. Of several the one that ends last, then by id.';
revoke execute on function ops_private.covering_exception(ops_private.gate_context, boolean) from public;

create function ops_private.judge_gate(c ops_private.gate_context, gates ops.release_gates[], place integer) returns ops_private.gate_verdict
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_gate constant ops.release_gates := gates[place];
  v_verdict ops_private.gate_verdict;
  v_finding ops.gate_finding;
  v_failed boolean := false;
  v_only_evidence boolean := true;
  v_own text;
  v_wait text;
begin
  c.gate_id := v_gate.gate_id;
  c.gate_code := v_gate.gate_code;
  c.g2_gate_id := (gates[2]).gate_id;
  if c.gate_code = 'G4' then
    c.deployment_id := ops_private.judged_deployment(c.release_id, c.as_of);
  end if;
  v_verdict.gate_id := c.gate_id;
  v_verdict.gate_code := c.gate_code;
  v_verdict.findings := ops_private.findings_of(c);
  foreach v_finding in array v_verdict.findings loop
    continue when v_finding.enforcement <> 'blocking' or v_finding.state = 'satisfied';
    v_failed := v_failed or v_finding.state = 'failed';
    v_only_evidence := v_only_evidence and v_finding.kind is not distinct from 'evidence';
    if v_finding.kind = 'prior_gate' then
      v_wait := coalesce(v_wait, format('%s (%s)', v_finding.requirement, v_finding.detail));
    else
      v_own := coalesce(v_own, format('%s (%s)', v_finding.requirement, v_finding.detail));
    end if;
  end loop;
  v_verdict.first_missing := coalesce(v_own, v_wait);
  if v_verdict.first_missing is not null and c.excepted then
    v_verdict.exception_id := ops_private.covering_exception(c, v_only_evidence);
  end if;
  v_verdict.status := case
    when v_verdict.first_missing is null then 'passed'
    when v_verdict.exception_id is not null then 'bypassed'
    when v_failed then 'failed'
    when c.untouched then 'pending'
    when ops_private.has_facts(c) then 'in_progress'
    else 'pending'
  end;
  return v_verdict;
end
$$;
comment on function ops_private.judge_gate(ops_private.gate_context, ops.release_gates[], integer) is
  'The verdict on one gate (place 1 is G1) of the release and at the moment of the context, given the statuses of those before it: all blocking findings satisfied: passed; else covered by an exception: bypassed; else any failed: failed; else in_progress with a fact, pending without.';
revoke execute on function ops_private.judge_gate(ops_private.gate_context, ops.release_gates[], integer) from public;

create function ops_private.gates_of(release_id uuid) returns ops.release_gates[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(select g from ops.release_gates g where g.release_id = gates_of.release_id order by g.gate_code);
end
$$;
comment on function ops_private.gates_of(uuid) is 'The gates of a release as stored, G1 first.';
revoke execute on function ops_private.gates_of(uuid) from public;

create function ops_private.gate_statuses(release_id uuid) returns ops.ops_gate_status[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select g.status from ops.release_gates g where g.release_id = gate_statuses.release_id order by g.gate_code
  );
end
$$;
comment on function ops_private.gate_statuses(uuid) is 'The verdicts on the gates of a release as stored, G1 first.';
revoke execute on function ops_private.gate_statuses(uuid) from public;

create function ops_private.release_context(release ops.releases, as_of timestamptz) returns ops_private.gate_context
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  c ops_private.gate_context;
begin
  c.release_id := release.release_id;
  c.project := release.project;
  c.opened_at := release.created_at;
  c.initiating_actor := release.initiating_actor;
  c.as_of := release_context.as_of;
  c.untouched := false;
  c.in_full := false;
  c.excepted := release.excepted;
  c.prior_statuses := '{}';
  c.decisions := '{}';
  c.g2_approvers := '{}';
  return c;
end
$$;
comment on function ops_private.release_context(ops.releases, timestamptz) is
  'What all gates of a release are judged by at a moment; the gate itself is filled in by ops_private.judge_gate.';
revoke execute on function ops_private.release_context(ops.releases, timestamptz) from public;

create function ops_private.judge_release(
  release_id uuid, as_of timestamptz, to_gate ops.ops_gate_code default 'G4', in_full boolean default false
)
returns setof ops_private.gate_verdict
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
  v_release ops.releases;
  v_gates constant ops.release_gates[] := ops_private.gates_of(judge_release.release_id);
  v_verdict ops_private.gate_verdict;
  c ops_private.gate_context;
begin
  select r.* into v_release from ops.releases r where r.release_id = judge_release.release_id;
  c := ops_private.release_context(v_release, judge_release.as_of);
  c.in_full := judge_release.in_full;
  for v_place in 1 .. right(to_gate::text, 1)::integer loop
    v_verdict := ops_private.judge_gate(c, v_gates, v_place);
    c.prior_statuses := c.prior_statuses || v_verdict.status;
    return next v_verdict;
  end loop;
end
$$;
comment on function ops_private.judge_release(uuid, timestamptz, ops.ops_gate_code, boolean) is
  'The verdicts of a release at a moment, from the facts known then: G1 first, each seeing those before it. Findings on advisory requirements, and the words of those that are satisfied, are left out unless asked for (in_full): no verdict depends on them.';
revoke execute on function ops_private.judge_release(uuid, timestamptz, ops.ops_gate_code, boolean) from public;
