-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE OR REPLACE FUNCTION ops_private.counted_approvals (
  needs   ops_private.requirements_in_force[],
  release ops.releases,
  facts   ops_private.gate_facts,
  as_of   timestamp with time zone
)
  RETURNS integer[]
  LANGUAGE plpgsql
  STABLE
  SET search_path TO 'pg_catalog', 'pg_temp'
  AS $function$
declare
  n ops_private.requirements_in_force;
  v_counted integer[] := '{}'::integer[];
begin
  foreach n in array needs loop
    v_counted := v_counted || (
      select count(*)::integer from unnest(facts.decisions) as d
      where d.persona_role::text = n.subject and d.decision = 'approved' and ops_private.why_uncounted(
        d, case when n.not_initiator then release.initiating_actor end, case when n.one_gate then facts.barred end,
        facts.dismissers, facts.digest, as_of - make_interval(secs => n.valid_for)) is null);
    facts.barred := facts.barred || ops_private.approvers_as(facts.decisions, array[n.subject]);
  end loop;
  return v_counted;
end
$function$;

COMMENT ON FUNCTION "ops_private"."counted_approvals"(ops_private.requirements_in_force[], ops.releases, ops_private.gate_facts, timestamp
  with time zone) IS 'How many approvals count for each requirement of a gate, as ops_private.findings_on counts them: nobody counts for two, unless policy lets them (one_gate).';

REVOKE ALL ON FUNCTION "ops_private"."counted_approvals"(ops_private.requirements_in_force[], ops.releases, ops_private.gate_facts, timestamp WITH time zone) FROM PUBLIC;
