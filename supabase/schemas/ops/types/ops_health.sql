-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_health" AS ENUM (
  'pending',
  'passed',
  'failed'
);

COMMENT ON TYPE "ops"."ops_health" IS 'Whether a deployment was confirmed healthy after it was made.';
