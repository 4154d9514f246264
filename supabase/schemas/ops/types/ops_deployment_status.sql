-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_deployment_status" AS ENUM (
  'in_progress',
  'succeeded',
  'failed',
  'rolled_back'
);

COMMENT ON TYPE "ops"."ops_deployment_status" IS 'Status of a deployment. It only moves forward: in_progress, then succeeded or failed, then rolled_back.';
