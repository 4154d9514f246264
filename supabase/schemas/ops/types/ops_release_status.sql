-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_release_status" AS ENUM (
  'draft',
  'in_progress',
  'promoted',
  'rolled_back',
  'failed'
);

COMMENT ON TYPE "ops"."ops_release_status" IS 'Life of a release: draft until its first fact; then what its newest finished deployment to the target environment says.';
