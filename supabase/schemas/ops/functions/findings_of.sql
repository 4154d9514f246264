CREATE OR REPLACE FUNCTION ops.findings_of (
  c ops.gate_context
)
  RETURNS ops.gate_finding[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
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
      c := ops.read_decisions(c);
      v_read := true;
    end if;
    v_blocking := v_blocking or v_enforcement = 'blocking';
    if v_kind in ('check', 'no_failed_checks') then
      if c.checks is null then
        c.checks := case when c.untouched then '{}'
          else ops.current_checks(c.release_id, c.gate_id, c.deployment_id, c.as_of) end;
      end if;
      if v_kind = 'check' then
        v_finding := ops.find_check(c.checks, c.gate_code, c.in_full, v_subject);
      else
        v_finding := ops.find_no_failed_checks(c.checks, c.in_full);
      end if;
    elsif v_kind = 'approval' then
      v_finding := ops.find_approval(c, v_subject, v_min_count, v_separation_of_duties);
      if v_enforcement = 'blocking' then
        v_personas := v_personas || v_subject;
      end if;
    elsif v_kind = 'evidence' then
      v_finding := ops.find_evidence(c, v_subject, v_min_count);
    elsif v_kind = 'prior_gate' then
      v_finding := ops.find_prior_gate(c.prior_statuses, c.in_full, v_subject);
    else
      v_finding := ops.find_deployment_health(c);
    end if;
    if v_finding.state is not null then
      v_findings := v_findings || row(
        c.gate_id, c.gate_code, v_finding.requirement, v_kind, v_subject, v_enforcement, v_finding.state,
        v_finding.detail, v_finding.remedy, v_finding.who
      )::ops.gate_finding;
    end if;
  end loop;
  if v_decided is not false and not v_read then
    c := ops.read_decisions(c); -- a gate that requires nothing can be objected to all the same
  end if;
  if c.decisions <> '{}' then
    v_findings := v_findings || ops.find_objections(c, v_personas);
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
$function$;

COMMENT ON FUNCTION "ops"."findings_of"(ops.gate_context) IS 'The findings on one gate in the context given, by the requirements in force when the release was opened; blocking ones first. Those that are satisfied only in full: otherwise none means passed.';

REVOKE ALL ON FUNCTION "ops"."findings_of"(ops.gate_context) FROM PUBLIC;
