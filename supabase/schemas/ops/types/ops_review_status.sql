-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_review_status" AS ENUM (
  'pending',
  'complete',
  'waived'
);

COMMENT ON TYPE "ops"."ops_review_status" IS 'Whether somebody reviewed an exception after it ended.';
