-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."excepted_gates" AS (
  "statuses" ops.ops_gate_status[],
  "missing"  text[]
);

COMMENT ON TYPE "ops_private"."excepted_gates" IS 'For a release with exceptions: the statuses without any exception and what is missing, G1 first; they are the answer whenever no exception is active.';
