-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_release_status" AS ENUM (
  'draft',
  'in_progress',
  'promoted',
  'rolled_back',
  'failed'
);

COMMENT ON TYPE "ops"."ops_release_status" IS 'Status of a release. It is draft until the first fact arrives, then in_progress. After that the newest finished deployment to the target environment decides it: promoted, failed or rolled_back.';
