CREATE OR REPLACE FUNCTION ops.findings_of (
  c         ops.gate_context,
  project   text,
  opened_at timestamp with time zone
)
  RETURNS ops.gate_finding[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops"."findings_of"(ops.gate_context, text, timestamp with time zone) IS 'The findings on one gate in the context given, by the requirements in force when the release was opened; blocking ones first.';

REVOKE ALL ON FUNCTION "ops"."findings_of"(ops.gate_context, text, timestamp WITH time zone) FROM PUBLIC;
