-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.lower_approvers (
  gate  ops.release_gates,
  as_of timestamp with time zone,
  unmet jsonb                    DEFAULT NULL::jsonb
)
  RETURNS text[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
begin
  return array(
    select d.approver_id
    from (
      -- Few gates are signed off, so look first which ones are.
      select l.gate_id from ops.release_gates l
      where l.release_id = gate.release_id and l.gate_code < gate.gate_code
        and exists (select from ops.approvals a where a.release_id = l.release_id and a.gate_id = l.gate_id)
      offset 0
    ) as lower
    cross join lateral ops_private.standing_decisions(
      gate.release_id, lower.gate_id, as_of, unmet => lower_approvers.unmet) as d
    where d.decision = 'approved' and not ops_private.is_unsure(d.unmet)
  );
end
$function$;

COMMENT ON FUNCTION "ops_private"."lower_approvers"(ops.release_gates, timestamp with time zone, jsonb) IS 'The people whose standing decision on an earlier gate of the release, in any persona, is an approval, also one that does not count any more. Where policy says one_gate, their approval of this gate does not count. One that is not surely theirs (ops_private.is_unsure) bars nobody. unmet: as ops_private.standing_decisions.';

REVOKE ALL ON FUNCTION "ops_private"."lower_approvers"(ops.release_gates, timestamp WITH time zone, jsonb) FROM PUBLIC;
