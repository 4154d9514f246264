-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_finding_state" AS ENUM (
  'satisfied',
  'unsatisfied',
  'failed'
);

COMMENT ON TYPE "ops"."ops_finding_state" IS 'What the facts say about one requirement, the best value first.';
