-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.with_later_approvals (
  decisions ops_private.standing_decision[],
  digest    text,
  as_of     timestamp with time zone
)
  RETURNS ops_private.standing_decision[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  v_decisions ops_private.standing_decision[] := '{}'::ops_private.standing_decision[];
  d ops_private.standing_decision;
begin
  foreach d in array decisions loop
    d.later_unmet := (
      select n.unmet
      from ops.approvals o
      join ops.approvals n on n.release_id = o.release_id and n.gate_id = o.gate_id
        and n.approver_id = o.approver_id and n.persona_role = o.persona_role
      where o.approval_id = d.approval_id and n.created_at > d.recorded_at and n.created_at <= as_of
        and n.decision = 'approved' and ops_private.is_unsure(n.unmet)
        and n.artifacts_digest is not distinct from with_later_approvals.digest
      order by n.created_at desc limit 1
    );
    v_decisions := v_decisions || d;
  end loop;
  return v_decisions;
end
$function$;

COMMENT ON FUNCTION "ops_private"."with_later_approvals"(ops_private.standing_decision[], text, timestamp with time zone) IS 'The decisions on a gate, each with what the newest later approval of the same person lacks, if that is of the artifacts on record and not surely theirs. Only the words of a finding depend on it. Ask it where policy asks for own tokens or second factors.';

REVOKE ALL ON FUNCTION "ops_private"."with_later_approvals"(ops_private.standing_decision[], text, timestamp WITH time zone) FROM PUBLIC;
