CREATE OR REPLACE FUNCTION ops.judge_release (
  release_id uuid,
  as_of      timestamp with time zone,
  to_gate    ops.ops_gate_code        DEFAULT 'G4'::ops.ops_gate_code,
  in_full    boolean                  DEFAULT false
)
  RETURNS SETOF ops.gate_verdict
  LANGUAGE plpgsql
  STABLE
  SET search_path TO ''
  AS $function$
declare
  v_release ops.releases;
  v_gates constant ops.release_gates[] := ops.gates_of(judge_release.release_id);
  v_verdict ops.gate_verdict;
  c ops.gate_context;
begin
  select r.* into v_release from ops.releases r where r.release_id = judge_release.release_id;
  c := ops.release_context(v_release, judge_release.as_of);
  c.in_full := judge_release.in_full;
  for v_place in 1 .. right(to_gate::text, 1)::integer loop
    v_verdict := ops.judge_gate(c, v_gates, v_place);
    c.prior_statuses := c.prior_statuses || v_verdict.status;
    return next v_verdict;
  end loop;
end
$function$;

COMMENT ON FUNCTION "ops"."judge_release"(uuid, timestamp with time zone, ops.ops_gate_code, boolean) IS 'The verdicts of a release at a moment, from the facts known then: G1 first, each seeing those before it. Findings on advisory requirements, and the words of those that are satisfied, are left out unless asked for (in_full): no verdict depends on them.';

REVOKE ALL ON FUNCTION "ops"."judge_release"(uuid, timestamp WITH time zone, ops.ops_gate_code, boolean) FROM PUBLIC;
