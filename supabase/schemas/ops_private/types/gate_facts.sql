-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."gate_facts" AS (
  "deployments" uuid[],
  "checks"      ops_private.latest_check[],
  "decisions"   ops_private.standing_decision[],
  "barred"      text[],
  "dismissers"  text[],
  "digest"      text
);

COMMENT ON TYPE "ops_private"."gate_facts" IS 'The facts on a gate at a moment. deployments: those that G4 looks at. checks: those that count. decisions: those that stand. barred: who also approves another gate before it, or this one in another role; where policy says one_gate, their approval of the gate does not count. dismissers: whose approval does not count, because they dismissed a stop; null where nothing was dismissed. digest: of the artifacts on record. All but deployments and checks are empty while nobody decided on the gate.';
