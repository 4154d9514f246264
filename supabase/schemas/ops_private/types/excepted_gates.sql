-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."excepted_gates" AS (
  "statuses" ops.ops_gate_status[],
  "missing"  text[],
  "until"    timestamp WITH time zone
);

COMMENT ON TYPE "ops_private"."excepted_gates" IS 'Of a release that had an exception: the verdicts by the facts alone and what they miss, G1 first, which is the answer whenever no exception is active; and the next moment at which one begins or ends.';
