-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.with_findings_beside_policy (
  findings  ops.gate_finding[],
  gate      ops.release_gates,
  release   ops.releases,
  decisions ops_private.standing_decision[],
  answered  text[],
  blocking  boolean,
  as_of     timestamp with time zone,
  in_full   boolean,
  contested ops_private.contested[]
)
  RETURNS ops.gate_finding[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if decisions <> '{}' then
    findings := findings || array(select f from ops_private.find_objections(gate, decisions, answered) as f);
  end if;
  if release.has_artifacts and gate.gate_code = 'G1' then
    findings := findings || array(select f from ops_private.find_artifact_conflicts(gate, as_of) as f);
  end if;
  if not blocking then
    findings := findings || ops_private.find_no_policy(gate);
  end if;
  if in_full and release.dismissed then
    findings := findings || array(
      select f from ops_private.find_dismissed(release, as_of) as f where f.gate_id = gate.gate_id);
  end if;
  if contested <> '{}' then
    -- They come first: nothing else heals the gate while one stands.
    findings := array(
      select ops_private.find_contested(c, as_of) from unnest(contested) as c
      where c.on_gate and c.gate_code = gate.gate_code
    ) || findings;
  end if;
  return findings;
end
$function$;

COMMENT ON FUNCTION "ops_private"."with_findings_beside_policy"(ops.gate_finding[], ops.release_gates, ops.releases, ops_private.standing_decision[], text[], boolean, timestamp
  with time zone, boolean, ops_private.contested[]) IS 'The findings on the requirements of a gate, and beside them what no policy need ask for. Before them: contested reports that stand. After them: objections, artifacts with several hashes, that the policy has no blocking requirement, and (in_full) what was dismissed. answered: personas whose decision a blocking requirement asks for. blocking: whether there is a blocking requirement.';

REVOKE ALL
  ON FUNCTION "ops_private"."with_findings_beside_policy"(ops.gate_finding[], ops.release_gates, ops.releases, ops_private.standing_decision[], text[], boolean, timestamp
    WITH time zone, boolean, ops_private.contested[])
  FROM PUBLIC;
