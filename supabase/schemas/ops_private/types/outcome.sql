-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops_private"."outcome" AS (
  "gate_statuses" ops.ops_gate_status[],
  "staging"       boolean,
  "production"    boolean,
  "missing"       text
);

COMMENT ON TYPE "ops_private"."outcome" IS 'What a release came to at a moment: the verdicts on its gates, G1 first, whether it was eligible for staging and production, and what one gate misses first, in words.';
