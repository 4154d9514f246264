-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.count_evidence (
  release_id    uuid,
  gate_id       uuid,
  gate_code     ops.ops_gate_code,
  deployment_id uuid,
  subject       text,
  lapsed_until  timestamp with time zone,
  as_of         timestamp with time zone
)
  RETURNS integer
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return (
    select count(*) from ops.evidence_artifacts e
    where e.release_id = count_evidence.release_id and e.gate_id = count_evidence.gate_id
      and e.artifact_type = any (string_to_array(subject, '|')::ops.ops_artifact_type[])
      and (count_evidence.gate_code <> 'G4' or e.deployment_id = count_evidence.deployment_id)
      and e.created_at <= as_of and (lapsed_until is null or e.created_at > lapsed_until)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."count_evidence"(uuid, uuid, ops.ops_gate_code, uuid, text, timestamp with time zone, timestamp with time zone) IS 'How many artifacts of the types (any of them, separated by |) a gate has at a moment. On G4 only those of the deployment count. Those recorded until lapsed_until no longer count; null without limit.';
