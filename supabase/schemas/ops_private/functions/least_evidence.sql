-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.least_evidence (
  gate         ops.release_gates,
  deployments  uuid[],
  subject      text,
  require_hash boolean,
  lapsed_until timestamp with time zone,
  as_of        timestamp with time zone,
  decisions    ops_private.standing_decision[],
  digest       text,
  OUT          present integer,
  OUT          changed integer
)
  RETURNS record
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  if gate.gate_code <> 'G4' then
    select c.present, c.changed into least_evidence.present, least_evidence.changed
    from ops_private.count_evidence(
      gate.release_id, gate.gate_id, gate.gate_code, null, subject, require_hash, lapsed_until, as_of, decisions, digest
    ) as c;
    return;
  end if;
  select coalesce(min(c.present), 0), coalesce(sum(c.changed), 0) into least_evidence.present, least_evidence.changed
  from unnest(deployments) as d (deployment_id)
  cross join lateral ops_private.count_evidence(
    gate.release_id, gate.gate_id, gate.gate_code, d.deployment_id, least_evidence.subject, least_evidence.require_hash,
    least_evidence.lapsed_until, least_evidence.as_of, least_evidence.decisions, least_evidence.digest
  ) as c;
end
$function$;

COMMENT ON FUNCTION "ops_private"."least_evidence"(ops.release_gates, uuid[], text, boolean, timestamp with time zone, timestamp
  with time zone, ops_private.standing_decision[], text) IS 'How many artifacts of the types a gate has at a moment (ops_private.count_evidence). On G4: how many the deployment with the fewest has, of those that G4 looks at; 0 when it looks at none.';

REVOKE ALL
  ON FUNCTION "ops_private"."least_evidence"(ops.release_gates, uuid[], text, boolean, timestamp WITH time zone, timestamp WITH time zone, ops_private.standing_decision[], text)
  FROM PUBLIC;
