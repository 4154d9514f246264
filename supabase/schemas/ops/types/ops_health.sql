-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_health" AS ENUM (
  'pending',
  'passed',
  'failed'
);

COMMENT ON TYPE "ops"."ops_health" IS 'Whether checks after a deployment show that it is healthy: not known yet (pending), healthy (passed), not healthy (failed).';
