-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."judgement" AS (
  "statuses" ops.ops_gate_status[],
  "verdicts" ops_private.gate_verdict[]
);

COMMENT ON TYPE "ops_private"."judgement" IS 'The result of judging a release: the status of each gate, G1 first, and the verdicts on the gates that were judged.';
