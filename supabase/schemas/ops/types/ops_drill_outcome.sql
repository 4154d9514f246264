-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_drill_outcome" AS ENUM (
  'passed',
  'failed',
  'partial'
);

COMMENT ON TYPE "ops"."ops_drill_outcome" IS 'Result of a recovery drill.';
