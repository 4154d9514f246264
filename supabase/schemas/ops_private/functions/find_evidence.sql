-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_evidence (
  subject      text,
  min_count    integer,
  gate         ops.release_gates,
  deployments  uuid[],
  lapsed_until timestamp with time zone,
  as_of        timestamp with time zone,
  in_full      boolean,
  untouched    boolean
)
  RETURNS ops.gate_finding
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."find_evidence"(text, integer, ops.release_gates, uuid[], timestamp with time zone, timestamp
  with time zone, boolean, boolean) IS 'Finding on a requirement `evidence`: the gate must have enough artifacts of the types; on G4, for each deployment that G4 looks at. untouched: the gate is known to have no facts.';

REVOKE ALL ON FUNCTION "ops_private"."find_evidence"(text, integer, ops.release_gates, uuid[], timestamp WITH time zone, timestamp WITH time zone, boolean, boolean) FROM PUBLIC;
