-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.least_evidence (
  release_id   uuid,
  gate_id      uuid,
  gate_code    ops.ops_gate_code,
  deployments  uuid[],
  subject      text,
  lapsed_until timestamp with time zone,
  as_of        timestamp with time zone
)
  RETURNS integer
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
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
$function$;

COMMENT ON FUNCTION "ops_private"."least_evidence"(uuid, uuid, ops.ops_gate_code, uuid[], text, timestamp with time zone, timestamp with time zone) IS 'How many artifacts of the types a gate has at a moment (ops_private.count_evidence). On G4: how many the deployment with the fewest has, of those that G4 looks at; 0 when it looks at none.';

REVOKE ALL ON FUNCTION "ops_private"."least_evidence"(uuid, uuid, ops.ops_gate_code, uuid[], text, timestamp WITH time zone, timestamp WITH time zone) FROM PUBLIC;
