-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.find_evidence (
  subject      text,
  min_count    integer,
  require_hash boolean,
  gate         ops.release_gates,
  deployments  uuid[],
  lapsed_until timestamp with time zone,
  as_of        timestamp with time zone,
  decisions    ops_private.standing_decision[],
  digest       text,
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
$function$;

COMMENT ON FUNCTION "ops_private"."find_evidence"(text, integer, boolean, ops.release_gates, uuid[], timestamp with time zone, timestamp
  with time zone, ops_private.standing_decision[], text, boolean, boolean) IS 'Finding on a requirement `evidence`: the gate must have enough artifacts of the types (ops_private.count_evidence); on G4, for each deployment that G4 looks at. It says when the hash at an address changed. untouched: the gate is known to have no facts.';

REVOKE ALL
  ON FUNCTION "ops_private"."find_evidence"(text, integer, boolean, ops.release_gates, uuid[], timestamp WITH time zone, timestamp
    WITH time zone, ops_private.standing_decision[], text, boolean, boolean)
  FROM PUBLIC;
