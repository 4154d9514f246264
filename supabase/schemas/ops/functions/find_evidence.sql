CREATE OR REPLACE FUNCTION ops.find_evidence (
  c         ops.gate_context,
  subject   text,
  min_count integer
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
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
  f.who := ops.gate_owner(c.gate_code);
  f.remedy := format('attach %s to %s', replace(subject, '|', ' or '), c.gate_code);
  return f;
end
$function$;

COMMENT ON FUNCTION "ops"."find_evidence"(ops.gate_context, text, integer) IS 'Requirement `evidence`: enough artifacts of the types on the gate; on G4 of the deployment it looks at.';

REVOKE ALL ON FUNCTION "ops"."find_evidence"(ops.gate_context, text, integer) FROM PUBLIC;
