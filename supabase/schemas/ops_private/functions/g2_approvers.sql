-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.g2_approvers (
  gate  ops.release_gates,
  as_of timestamp with time zone
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select d.approver_id from ops.release_gates g2
    cross join lateral ops_private.standing_decisions(g2.release_id, g2.gate_id, as_of) as d
    where gate.gate_code = 'G3' and g2.release_id = gate.release_id and g2.gate_code = 'G2' and d.decision = 'approved'
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."g2_approvers"(ops.release_gates, timestamp with time zone) IS 'On G3: the people whose standing decision on G2 is an approval. Their approval of G3 does not count. Empty on other gates.';

REVOKE ALL ON FUNCTION "ops_private"."g2_approvers"(ops.release_gates, timestamp WITH time zone) FROM PUBLIC;
